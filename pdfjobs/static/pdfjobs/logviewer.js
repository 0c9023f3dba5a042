// The log viewer: fetches rows as one scrolls, follows what is written, and keeps the toolbar at the place in sight.
(() => {
  "use strict";
  const viewer = document.querySelector("[data-viewer]");
  const pane = document.getElementById("log-lines");
  const MOST_BLOCKS = 8;
  const FOLLOW_MS = 1000;
  const { kept, rows: address } = viewer.dataset;
  const find = (name) => viewer.querySelector(`[data-${name}]`);
  const follow = find("follow");
  const wrap = find("wrap");
  const place = find("place");
  const placeWords = find("place-words");
  const from = find("from");
  let size = Number(viewer.dataset.size);
  let version = null;
  let busy = false;
  let moved = false;
  let set = 0;

  const blocks = () => pane.querySelectorAll(".block");
  const first = () => pane.querySelector(".block");
  const last = () => [...blocks()].pop();
  const isAtEnd = () => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 30;
  const follows = () => follow.getAttribute("aria-pressed") === "true";

  const ask = async (query, headers = {}) => {
    const answer = await fetch(`${address}?${query}${kept}`, { headers, cache: "no-store" });
    if (answer.status === 304) return null;
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const block = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".block");
    size = Number(block.dataset.size);
    return { block: document.adoptNode(block), version: answer.headers.get("ETag") };
  };

  const scrollTo = (top) => {
    set = performance.now();
    pane.scrollTop = top;
  };

  const trim = (atTop) => {
    while (blocks().length > MOST_BLOCKS) {
      const far = atTop ? first() : last();
      const height = atTop ? far.offsetHeight : 0;
      const top = pane.scrollTop;
      far.remove();
      if (atTop) scrollTo(top - height);
    }
  };

  const replace = (block) => {
    pane.replaceChildren(block);
  };

  const once = async (what) => {
    if (busy) return;
    busy = true;
    try {
      await what();
    } catch {
      placeWords.textContent = "no answer";
    } finally {
      busy = false;
    }
  };

  const more = () =>
    once(async () => {
      const end = last();
      if (end && Number(end.dataset.end) < size && pane.scrollHeight - pane.scrollTop - pane.clientHeight < 900) {
        const got = await ask(`after=${end.dataset.end}`);
        if (got && got.block.children.length) {
          pane.append(got.block);
          trim(true);
        }
      }
      const begin = first();
      if (begin && Number(begin.dataset.begin) > 0 && pane.scrollTop < 900) {
        const got = await ask(`before=${begin.dataset.begin}`);
        if (got && got.block.children.length) {
          const [height, top] = [pane.scrollHeight, pane.scrollTop];
          pane.prepend(got.block);
          scrollTo(top + pane.scrollHeight - height);
          trim(false);
        }
      }
    });

  const goTo = (at, toEnd) =>
    once(async () => {
      const got = await ask(toEnd ? `before=${size + 1e9}` : `at=${at}`);
      if (!got) return;
      replace(got.block);
      version = null;
      if (toEnd) return scrollTo(pane.scrollHeight);
      const row = [...pane.querySelectorAll(".row")].filter((each) => Number(each.dataset.at) <= at).pop();
      scrollTo(row ? row.offsetTop - pane.offsetTop : 0);
    });

  const mark = (recent) => {
    for (const word of recent.split(" ")) {
      const [line, severity] = word.split(":");
      const row = line && pane.querySelector(`.row[data-line="${CSS.escape(line)}"]`);
      if (row && !row.classList.contains(`is-${severity}`)) {
        row.classList.add(`is-${severity}`);
        row.querySelector(".ln").setAttribute("aria-label", `${severity}, ${line}`);
      }
    }
  };

  const count = (block) => {
    for (const kind of ["error", "warning"]) {
      const number = block.dataset[`${kind}s`];
      const shown = viewer.querySelector(`[data-count="${kind}"]`);
      const text = number && Number(number).toLocaleString("en").replaceAll(",", "\u202f");
      if (shown && text && shown.textContent !== text) shown.textContent = text;
    }
  };

  // What was written since: the last row anew if it had not ended, and the rows behind it.
  const goOn = () =>
    once(async () => {
      const end = last();
      const settled = end ? Number(end.dataset.settled) : 0;
      const since = [...pane.querySelectorAll(".row[data-line]")].slice(-1500)[0]?.dataset.line || 1;
      const got = await ask(`after=${settled}&follow=1&since=${since}`, version ? { "If-None-Match": version } : {});
      if (!got) return;
      version = got.version;
      const { block } = got;
      if (block.dataset.recent !== undefined) count(block);
      if (!end || Number(block.dataset.begin) !== settled) {
        if (block.children.length) replace(block);
      } else if (block.children.length) {
        for (const row of [...end.querySelectorAll(".row")]) if (Number(row.dataset.at) >= settled) row.remove();
        if (end.children.length < 300 && end.children.length + block.children.length < 1500) {
          end.append(...block.childNodes);
          end.dataset.end = block.dataset.end;
          end.dataset.settled = block.dataset.settled;
        } else {
          pane.append(block);
          trim(true);
        }
      }
      if (block.dataset.recent) mark(block.dataset.recent);
      if (follows()) scrollTo(pane.scrollHeight);
    });

  const setFollow = (on) => {
    follow.setAttribute("aria-pressed", String(on));
    version = null;
    if (!on) return;
    const end = last();
    if (end && Number(end.dataset.end) >= size) {
      scrollTo(pane.scrollHeight);
      goOn();
    } else {
      goTo(size, true);
    }
  };

  // The row at the top of what is in sight.
  const topRow = () => {
    const box = pane.getBoundingClientRect();
    return document.elementFromPoint(box.left + 12, box.top + 6)?.closest(".row") || null;
  };

  const showPlace = () => {
    const row = topRow();
    if (!row) return;
    const at = Number(row.dataset.at);
    const end = isAtEnd() && Number(last().dataset.end) >= size;
    const share = end ? 1 : at / Math.max(1, size);
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
    if (target) scrollTo(target.offsetTop - pane.offsetTop - pane.clientHeight / 3);
    const asked = new URLSearchParams(location.search);
    if (asked.has("follow")) setFollow(true);
    showPlace();
  };

  let drawing = false;
  pane.addEventListener("scroll", () => {
    if (performance.now() - set > 150) {
      moved = true;
      if (follows() && !isAtEnd()) setFollow(false);
    }
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      showPlace();
      more();
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
    const at = Math.floor((size * place.value) / 1000);
    goTo(at, Number(place.value) === 1000);
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
    if (follows() || (viewer.dataset.live === "yes" && isAtEnd())) goOn();
  }, FOLLOW_MS);

  start();
})();
