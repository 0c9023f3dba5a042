// Turns the server's times into the reader's zone: short in the page, full with the distance on hover.
(() => {
  "use strict";
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
  const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
  const distance = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

  const ago = (at) => {
    const seconds = (at - Date.now()) / 1000;
    for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
      if (Math.abs(seconds) >= size) return distance.format(Math.round(seconds / size), unit);
    }
    return distance.format(Math.round(seconds), "second");
  };

  const short = (at) => {
    const now = new Date();
    if (at.toDateString() === now.toDateString()) return clock.format(at);
    if (at.getFullYear() === now.getFullYear()) return `${day.format(at)} ${clock.format(at)}`;
    return `${day.format(at)} ${at.getFullYear()}`;
  };

  window.localTimes = (within) => {
    for (const each of within.querySelectorAll("time[datetime]")) {
      const at = new Date(each.dateTime);
      if (!Number.isNaN(at.valueOf())) each.textContent = short(at);
    }
  };

  // The distance is told when asked for, so that it never makes a page that has not changed look changed.
  document.addEventListener("pointerover", (event) => {
    const time = event.target.closest?.("time[datetime]");
    if (time) {
      const at = new Date(time.dateTime);
      time.title = `${full.format(at)} (${ago(at)})`;
    }
  });
  window.localTimes(document);
})();
