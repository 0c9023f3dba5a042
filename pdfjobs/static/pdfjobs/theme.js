// Light or dark: what was chosen here before, else what the system wants. Runs before the page is painted.
(() => {
  "use strict";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  };
  const show = () => {
    root.dataset.theme = stored() || (system.matches ? "dark" : "light");
    document.dispatchEvent(new Event("theme"));
  };
  show();
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        try {
          localStorage.setItem("theme", root.dataset.theme === "dark" ? "light" : "dark");
        } catch {
          // A browser that keeps nothing stays with the system's choice.
        }
        show();
      });
    }
  });
})();
