// The list by keyboard: a cursor that is the browser's own focus, and what can be done where it stands.
(() => {
  "use strict";
  const sheet = document.getElementById("keys");
  const edit = document.getElementById("bulk-edit");
  const search = document.getElementById("search");
  let number = null;
  let place = 0;

  const rows = () => [...document.querySelectorAll("#job-rows > [id^='job-']")];
  const link = (row) => row.querySelector("[id^='open-']");
  const numberOf = (row) => row.id.slice("job-".length);

  const at = () => {
    const here = document.activeElement?.closest("#job-rows > [id^='job-']");
    if (here) return rows().indexOf(here);
    const known = rows().findIndex((row) => numberOf(row) === number);
    return known;
  };

  const go = (index) => {
    const all = rows();
    const row = all[Math.max(0, Math.min(index, all.length - 1))];
    if (!row) return;
    number = numberOf(row);
    place = all.indexOf(row);
    link(row).focus();
    row.scrollIntoView({ block: "nearest" });
  };

  const openEdit = () => {
    const row = rows()[at()];
    if (window.picks.size() === 0 && row) window.picks.pick(numberOf(row), true, false);
    if (window.picks.size() === 0) return;
    edit.open = true;
    edit.querySelector("select").focus();
  };

  const choose = (range) => {
    const row = rows()[at()];
    if (!row) return;
    const box = row.querySelector("input[name=job]");
    window.picks.pick(numberOf(row), range || !box.checked, range);
  };

  // Closes what lies on top: a sheet of the tool bar, the edit, the choice.
  const escape = () => {
    const open = document.querySelector(".tool[open], .account[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    } else if (edit.open) {
      edit.open = false;
      go(at());
    } else {
      window.picks.none();
    }
  };

  const acts = {
    j: () => go(at() + 1),
    k: () => go(at() < 0 ? 0 : at() - 1),
    x: () => choose(false),
    X: () => choose(true),
    e: openEdit,
    c: () => document.querySelector("#bulk [value=compare]").click(),
    u: () => document.getElementById("undo")?.focus(),
    n: () => document.getElementById("older")?.click(),
    p: () => document.getElementById("newer")?.click(),
    f: () => {
      const filters = document.getElementById("tool-filters");
      filters.open = !filters.open;
      filters.querySelector("summary").focus();
    },
    "/": () => search.select(),
    "?": () => sheet.showModal(),
  };

  const isTyping = (element) => element.matches("textarea, select, [contenteditable]")
    || (element.matches("input") && !["checkbox", "radio", "button", "submit"].includes(element.type));

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || sheet.open) return;
    if (event.key === "Escape") {
      if (isTyping(event.target) && !event.target.closest(".tool, #bulk")) {
        event.target.blur();
        go(at());
      } else {
        escape();
      }
      return;
    }
    if (isTyping(event.target)) return;
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("#job-rows > [id^='job-']");
    if (!row) return;
    number = numberOf(row);
    place = rows().indexOf(row);
  });
  // The job that had the focus is no longer on the page: the one in its place has it.
  document.addEventListener("patched", () => {
    if (number === null || document.activeElement !== document.body) return;
    if (!document.getElementById(`job-${number}`)) go(place);
  });

  // One sheet of the tool bar at a time; a click elsewhere closes it.
  document.addEventListener("click", (event) => {
    for (const tool of document.querySelectorAll(".tool[open]")) {
      if (!tool.contains(event.target)) tool.open = false;
    }
  });

  const help = document.getElementById("keys-open");
  help.hidden = false;
  help.addEventListener("click", () => sheet.showModal());
})();
