// The jobs that are chosen in the list: kept while the page renews itself, while one pages and while one edits.
(() => {
  "use strict";
  const STORE = `picked:${document.querySelector(".account summary")?.textContent.trim() || ""}`;
  const form = document.getElementById("bulk");
  const count = document.getElementById("bulk-count");
  const elsewhere = document.getElementById("bulk-elsewhere");
  const clear = document.getElementById("bulk-clear");
  const all = document.getElementById("bulk-all");
  const hint = count.textContent;
  let last = null;

  const stored = () => {
    try {
      return JSON.parse(sessionStorage.getItem(STORE) || "[]");
    } catch {
      return [];
    }
  };
  const picked = new Set(stored());
  const boxes = () => [...document.querySelectorAll("#job-rows input[name=job]")];

  const show = () => {
    const here = boxes();
    const shown = new Set(here.map((box) => box.value));
    for (const box of here) box.checked = picked.has(box.value);
    const head = document.getElementById("pick-all");
    if (head) {
      head.hidden = false;
      const ticked = here.filter((box) => box.checked).length;
      head.checked = ticked > 0 && ticked === here.length;
      head.indeterminate = ticked > 0 && ticked < here.length;
    }
    const others = [...picked].filter((number) => !shown.has(number));
    elsewhere.replaceChildren(...others.map((number) => {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = "job";
      input.value = number;
      return input;
    }));
    const words = picked.size === 1 ? form.dataset.one : form.dataset.many.replace("%", picked.size);
    const away = others.length ? form.dataset.away.replace("%", others.length) : "";
    const said = picked.size ? `${words}${away}` : hint;
    if (count.textContent !== said) count.textContent = said;
    form.hidden = picked.size === 0 && !all.checked;
    clear.hidden = false;
    try {
      sessionStorage.setItem(STORE, JSON.stringify([...picked]));
    } catch {
      // Then the choice lasts as long as the page.
    }
  };

  const set = (number, on) => {
    if (on) picked.add(number);
    else picked.delete(number);
  };

  // Chooses a job, or with `range` all from the one before it.
  const pick = (number, on, range) => {
    const numbers = boxes().map((box) => box.value);
    const [from, to] = [numbers.indexOf(last), numbers.indexOf(number)].sort((a, b) => a - b);
    if (range && from >= 0) for (const each of numbers.slice(from, to + 1)) set(each, on);
    else set(number, on);
    last = number;
    show();
  };

  const none = () => {
    picked.clear();
    all.checked = false;
    last = null;
    show();
  };

  document.addEventListener("click", (event) => {
    const box = event.target;
    if (box.id === "pick-all") {
      for (const each of boxes()) set(each.value, box.checked);
      show();
    } else if (box.name === "job" && box.closest("#job-rows")) {
      pick(box.value, box.checked, event.shiftKey);
    }
  });
  // Marking text with Shift would keep the page from renewing itself.
  document.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest(".c-pick, .cardtop")) event.preventDefault();
  });
  clear.addEventListener("click", none);
  all.addEventListener("change", show);
  document.addEventListener("patched", show);
  window.picks = { pick, none, has: (number) => picked.has(number), size: () => picked.size };
  show();
})();
