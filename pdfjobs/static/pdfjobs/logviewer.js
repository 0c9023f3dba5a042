// The log viewer: follows what is written, and keeps the toolbar at the place in sight.
(() => {
  "use strict";
  const viewer = document.querySelector("[data-viewer]");
  const pane = document.getElementById("log-lines");
  const FOLLOW_MS = 1000;
  const { kept } = viewer.dataset;
  const find = (name) => viewer.querySelector(`[data-${name}]`);
  const follow = find("follow");
  const wrap = find("wrap");
  const place = find("place");
  const placeWords = find("place-words");
  const from = find("from");
  let moved = false;

  const rows = new window.LogRows(pane, {
    address: viewer.dataset.rows,
    kept,
    onLost: (lost) => {
      find("lost").hidden = !lost;
    },
  });
  const follows = () => follow.getAttribute("aria-pressed") === "true";

  const count = (heard) => {
    for (const kind of ["error", "warning"]) {
      const number = heard[`${kind}s`];
      const shown = viewer.querySelector(`[data-count="${kind}"]`);
      const text = number && Number(number).toLocaleString("en").replaceAll(",", "\u202f");
      if (shown && text && shown.textContent !== text) shown.textContent = text;
    }
  };

  const goOn = async () => {
    const heard = await rows.goOn({ sticks: follows });
    if (heard) count(heard);
  };

  // Marks that were made meanwhile come with the buttons that lead to them; the rows in sight stay there.
  const seekMarks = async () => {
    const heard = await rows.about("marking=1");
    if (!heard || heard.coming === "yes" || !find("marking")) return;
    const answer = await fetch(`?marking=1${kept}`, { cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    find("marking").remove();
    for (const group of fresh.querySelectorAll("[data-jump]")) viewer.querySelector("form.line").before(document.adoptNode(group));
    moved = true;
    if (follows()) await rows.toEnd();
    else await rows.goTo(Number(rows.top?.dataset.at || 0));
    showPlace();
  };

  const setFollow = (on) => {
    follow.setAttribute("aria-pressed", String(on));
    if (!on) return;
    if (rows.hasEnd) {
      rows.scrollTo(pane.scrollHeight);
      goOn();
    } else {
      rows.toEnd();
    }
  };

  const showPlace = () => {
    const row = rows.top;
    if (!row) return;
    const at = Number(row.dataset.at);
    const share = rows.isAtEnd && rows.hasEnd ? 1 : at / Math.max(1, rows.size);
    if (document.activeElement !== place) place.value = Math.round(share * 1000);
    placeWords.textContent = `${Math.floor(share * 100)} %`;
    if (!moved) return;
    from.value = at;
    const { line } = row.dataset;
    if (!line) return;
    for (const group of viewer.querySelectorAll("[data-jump]")) {
      const kind = group.dataset.jump;
      for (const [link, sign, by] of [[group.querySelector("[data-back]"), "<", 0], [group.querySelector("[data-on]"), ">", 1]]) {
        link.href = `?mark=${kind}:${encodeURIComponent(sign)}${Number(line) - by}${kept}`;
        link.classList.remove("off");
      }
    }
  };

  const setWrap = (on) => {
    pane.classList.toggle("wraps", on);
    wrap.setAttribute("aria-pressed", String(on));
  };

  const start = () => {
    viewer.classList.add("has-script");
    for (const element of [follow, wrap, find("place-bar")]) element.hidden = false;
    setWrap(localStorage.getItem("pdfjobs-wrap") === "yes");
    const target = pane.querySelector(".is-target");
    if (target) rows.scrollTo(target.offsetTop - pane.offsetTop - pane.clientHeight / 3);
    if (new URLSearchParams(location.search).has("follow")) setFollow(true);
    showPlace();
  };

  let drawing = false;
  pane.addEventListener("scroll", () => {
    if (rows.isByHand) {
      moved = true;
      if (follows() && !rows.isAtEnd) setFollow(false);
    }
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      showPlace();
      rows.more();
    });
  });
  follow.addEventListener("click", () => setFollow(!follows()));
  wrap.addEventListener("click", () => {
    const on = !pane.classList.contains("wraps");
    setWrap(on);
    localStorage.setItem("pdfjobs-wrap", on ? "yes" : "no");
  });
  place.addEventListener("input", () => {
    placeWords.textContent = `${Math.floor(place.value / 10)} %`;
  });
  place.addEventListener("change", () => {
    moved = true;
    setFollow(false);
    if (Number(place.value) === 1000) rows.toEnd();
    else rows.goTo(Math.floor((rows.size * place.value) / 1000));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=range]):not([type=checkbox]), textarea, select")) return;
    if (event.key === "/") find("find").focus();
    else if (event.key === "f") follow.click();
    else {
      const button = viewer.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (!button || (button.closest(".find") && !find("find").value)) return;
      button.click();
    }
    event.preventDefault();
  });
  setInterval(() => {
    if (document.hidden) return;
    if (find("marking")) seekMarks();
    else if (follows() || (viewer.dataset.live === "yes" && rows.isAtEnd)) goOn();
  }, FOLLOW_MS);

  start();
})();
