// The list of a run's files: one box that chooses all, and a filter that narrows what is listed at once.
(() => {
  "use strict";
  const all = document.querySelector("[data-all]");
  const boxes = () => [...document.querySelectorAll("tbody tr:not([hidden]) input[name=file]")];
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => boxes().forEach((box) => (box.checked = all.checked)));
  }
  document.querySelector("[data-filter]")?.addEventListener("input", (event) => {
    const words = event.target.value.trim().toLowerCase();
    for (const row of document.querySelectorAll(".file-table tbody tr")) {
      row.hidden = !row.querySelector(".name").textContent.toLowerCase().includes(words);
      if (row.hidden) row.querySelector("input").checked = false;
    }
  });
  document.querySelector(".file-filter")?.addEventListener("change", (event) => {
    if (event.target.matches("select")) event.currentTarget.requestSubmit();
  });
})();
