// The end of a file of the run, followed while the job goes on.
(() => {
  "use strict";
  let box, label, links, open;
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
      const answer = await fetch(link.dataset.log, { headers: version ? { "If-None-Match": version } : {}, cache: "no-store" });
      if (link !== shown || answer.status === 304) return;
      const text = answer.ok && !answer.redirected ? await answer.text() : "This file cannot be read any more.";
      if (link !== shown) return;
      const follow = version === null || isAtEnd();
      version = answer.headers.get("ETag");
      box.textContent = text;
      if (follow) box.scrollTop = box.scrollHeight;
      label.textContent = answer.headers.get("X-Whole-File") === "yes" ? "" : "last lines";
    } catch {
      label.textContent = "out of reach";
    } finally {
      asking = false;
    }
  };

  const show = (link) => {
    shown?.setAttribute("aria-pressed", "false");
    shown = link;
    version = null;
    link.setAttribute("aria-pressed", "true");
    const page = link.parentElement.querySelector("a");
    open.href = page.href;
    open.textContent = page.title;
    open.hidden = false;
    box.hidden = false;
    asking = false;
    ask();
  };

  const start = () => {
    const former = shown?.dataset.log;
    box = document.querySelector("[data-log-text]");
    label = document.querySelector("[data-log-name]");
    open = document.querySelector("[data-log-open]");
    links = [...document.querySelectorAll("button[data-log]")];
    shown = null;
    for (const link of links) {
      link.hidden = false;
      link.addEventListener("click", () => show(link));
    }
    const first = links.find((link) => link.dataset.log === former) || links.find((link) => "parsed" in link.dataset);
    if (first) show(first);
  };

  start();
  document.addEventListener("sections", start);
  setInterval(() => {
    if (!document.hidden && isLive()) ask();
  }, 2000);
})();
