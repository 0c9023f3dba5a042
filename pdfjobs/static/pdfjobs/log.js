// The end of a file on the page of its job, followed while the job goes on.
(() => {
  "use strict";
  const FOLLOW_MS = 1000;
  let pane = null;
  let rows = null;
  let shown = null;

  const isLive = () => document.getElementById("job-header")?.dataset.live === "yes";
  const find = (name) => document.querySelector(`#job-log [data-log-${name}]`);
  const links = () => [...document.querySelectorAll("#job-log a[data-rows]")];

  const follow = () => rows?.goOn({ sticks: (wasAtEnd) => wasAtEnd });

  // Marks the link of the file that is shown, and says its name.
  const tell = (link) => {
    shown = link.dataset.rows;
    for (const each of links()) {
      if (each === link) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
    const page = link.parentElement.querySelector("a");
    const open = find("open");
    open.href = page.href;
    open.textContent = page.title;
    open.hidden = false;
    find("lost").hidden = true;
    find("pane").setAttribute("aria-label", link.getAttribute("aria-label"));
  };

  const take = (link) => {
    rows?.leave();
    tell(link);
    rows = new window.LogRows(pane, {
      address: link.dataset.rows,
      onLost: (lost) => {
        find("lost").hidden = !lost;
      },
    });
    pane.hidden = false;
    pane.classList.add("has-script");
  };

  const start = () => {
    const fresh = find("pane");
    const link = links().find((each) => each.dataset.rows === shown);
    if (fresh && pane && link) {
      // The section came anew: the rows stay, and where one is in them.
      const top = pane.scrollTop;
      fresh.replaceWith(pane);
      tell(link);
      rows.scrollTo(top);
      return;
    }
    rows?.leave();
    [pane, rows, shown] = [fresh, null, null];
    const first = links().find((each) => each.hasAttribute("aria-current"));
    if (!pane || !first) return;
    take(first);
    rows.scrollTo(pane.scrollHeight);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#job-log a[data-rows]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    take(link);
    rows.toEnd();
  });
  document.addEventListener(
    "scroll",
    (event) => {
      if (event.target === pane && rows?.isByHand) rows.more();
    },
    true,
  );
  start();
  document.addEventListener("sections", start);
  setInterval(() => {
    if (!document.hidden && isLive()) follow();
  }, FOLLOW_MS);
  // The last rows come with the end of the job.
  let wasLive = isLive();
  document.addEventListener("patched", () => {
    if (wasLive && !isLive()) follow();
    wasLive = isLive();
  });
})();
