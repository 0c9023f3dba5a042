// The end of a file of the run, followed while the job goes on.
(() => {
  "use strict";
  let box, label, links;
  let shown = null;
  let version = null;
  let asking = false;

  const isLive = () => document.getElementById("job-header")?.dataset.live === "yes";
  const isAtEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight < 24;

  const ask = async () => {
    if (!shown || asking) return;
    asking = true;
    const link = shown;
    try {
      const answer = await fetch(link.href, { headers: version ? { "If-None-Match": version } : {}, cache: "no-store" });
      if (link !== shown || answer.status === 304) return;
      const text = answer.ok && !answer.redirected ? await answer.text() : "This file cannot be read any more.";
      if (link !== shown) return;
      const follow = version === null || isAtEnd();
      version = answer.headers.get("ETag");
      box.textContent = text;
      if (follow) box.scrollTop = box.scrollHeight;
      const whole = answer.headers.get("X-Whole-File") === "yes" ? "" : " · last lines";
      label.textContent = `${link.title}${whole}`;
    } catch {
      label.textContent = `${link.title} · out of reach`;
    } finally {
      asking = false;
    }
  };

  const show = (link) => {
    shown?.removeAttribute("aria-current");
    shown = link;
    version = null;
    link.setAttribute("aria-current", "true");
    box.hidden = false;
    asking = false;
    ask();
  };

  const start = () => {
    const former = shown?.title;
    box = document.querySelector("[data-log-text]");
    label = document.querySelector("[data-log-name]");
    links = [...document.querySelectorAll("a[data-log]")];
    shown = null;
    for (const link of links) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        show(link);
      });
    }
    const first = links.find((link) => link.title === former) || links.find((link) => "parsed" in link.dataset);
    if (first) show(first);
  };

  start();
  document.addEventListener("sections", start);
  setInterval(() => {
    if (!document.hidden && isLive()) ask();
  }, 2000);
})();
