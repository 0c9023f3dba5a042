// The review form: warns of unsaved text and keeps it, saves by Ctrl+S, takes pasted and dropped files, suggests tags.
(() => {
  "use strict";
  const form = document.querySelector("[data-review]");
  if (!form) return;
  const key = `review:${form.dataset.account}:${form.dataset.job}`;
  const unsaved = form.querySelector("[data-unsaved]");
  const draftNote = form.querySelector("[data-draft]");
  const { wordPicture, wordSending, wordAttached, wordFailed } = form.dataset;
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const texts = [...form.querySelectorAll("textarea")];
  const fields = [...form.elements].filter((each) => each.name && each.name !== "csrfmiddlewaretoken" && each.type !== "hidden");
  let leaving = false;
  let lastText = texts[0];

  const values = () => Object.fromEntries(fields.map((each) => [each.name, each.value]));
  const stored = values();
  // What came back unsaved from the server is still to be saved.
  const returned = "returned" in form.dataset;
  const isDirty = () => returned || fields.some((each) => each.value !== stored[each.name]);

  const storage = {
    get: () => {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return null;
      }
    },
    set: (draft) => {
      try {
        if (draft) localStorage.setItem(key, JSON.stringify(draft));
        else localStorage.removeItem(key);
      } catch {
        // a browser that keeps nothing: the warning on leaving is what remains
      }
    },
  };

  const told = () => {
    const dirty = isDirty();
    unsaved.hidden = !dirty;
    const assessment = form.elements.result_assessment;
    form.querySelector("[data-obsolete]").hidden = assessment.value !== "obsolete";
    storage.set(dirty ? { version: form.elements.version.value, values: values() } : null);
  };

  const restore = () => {
    if ("saved" in form.dataset) storage.set(null);
    const draft = returned ? null : storage.get();
    if (!draft || !draft.values) return;
    for (const each of fields) {
      if (each.name in draft.values) each.value = draft.values[each.name];
    }
    if (!isDirty()) {
      storage.set(null);
      return;
    }
    // Of before somebody else's save: with its own version, so that saving shows both texts.
    form.elements.version.value = draft.version;
    draftNote.hidden = false;
    told();
    for (const each of texts) each.dispatchEvent(new Event("input", { bubbles: true }));
  };

  form.addEventListener("input", told);
  form.addEventListener("submit", () => { leaving = true; });
  addEventListener("beforeunload", (event) => {
    if (!leaving && isDirty()) event.preventDefault();
  });
  addEventListener("pageshow", () => { leaving = false; });
  for (const button of form.querySelectorAll("[data-discard], [data-reset]")) {
    button.addEventListener("click", () => {
      storage.set(null);
      leaving = true;
      if ("discard" in button.dataset) location.assign(form.querySelector("[data-reset]").href);
    });
  }

  const isTyping = (node) => node.closest("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "s") {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "e" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) {
      event.preventDefault();
      lastText.scrollIntoView({ block: "center" });
      lastText.focus({ preventScroll: true });
    } else if (event.key === "Escape" && form.contains(event.target)) {
      event.target.blur();
    }
  });

  // Attachments: the place where the caret was takes what shows them.
  for (const each of texts) each.addEventListener("focus", () => { lastText = each; });
  const insert = (text) => {
    const { selectionStart: begin, selectionEnd: end, value } = lastText;
    const before = begin && value[begin - 1] !== "\n" ? " " : "";
    lastText.setRangeText(before + text, begin, end, "end");
    lastText.dispatchEvent(new Event("input", { bubbles: true }));
    lastText.focus();
  };

  const say = (words) => {
    const place = document.querySelector("[data-uploading]");
    if (place) place.textContent = words;
  };

  const refresh = async () => {
    const answer = await fetch(form.dataset.listed, { cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("job-attachments");
    window.localTimes(fresh);
    document.getElementById("job-attachments").replaceWith(document.adoptNode(fresh));
    htmx.process(document.getElementById("job-attachments"));
    ready();
  };

  const named = (file) => {
    // What is pasted is always called image.png.
    if (file.name && file.name !== "image.png") return file.name;
    const stamp = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
    return `${wordPicture} ${stamp}.${(file.type.split("/")[1] || "bin").replace(/\W.*/, "")}`;
  };

  const upload = async (files, into) => {
    if (!files.length) return;
    say(`${wordSending} ${[...files].map(named).join(", ")}…`);
    const data = new FormData();
    for (const file of files) data.append("file", file, named(file));
    try {
      const answer = await fetch(form.dataset.upload, {
        method: "POST",
        body: data,
        headers: { Accept: "application/json", "X-CSRFToken": token },
      });
      const { made, trouble } = await answer.json();
      if (into) for (const each of made) insert(each.markdown);
      await refresh();
      say(trouble || `${wordAttached} ${made.map((each) => each.name).join(", ")}`);
    } catch {
      say(wordFailed);
    }
  };

  for (const each of texts) {
    each.addEventListener("paste", (event) => {
      const files = event.clipboardData?.files || [];
      if (!files.length) return;
      event.preventDefault();
      lastText = each;
      upload(files, true);
    });
  }
  const section = document.getElementById("review");
  section.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    section.classList.add("is-target");
  });
  section.addEventListener("dragleave", (event) => {
    if (!section.contains(event.relatedTarget)) section.classList.remove("is-target");
  });
  section.addEventListener("drop", (event) => {
    section.classList.remove("is-target");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    if (event.target.matches("textarea")) lastText = event.target;
    upload(event.dataTransfer.files, form.contains(event.target));
  });

  section.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (button) insert(button.dataset.insert);
  });
  section.addEventListener("submit", (event) => {
    const picker = event.target.matches("[data-attach]") && event.target.querySelector("[type=file]");
    if (!picker) return;
    event.preventDefault();
    upload(picker.files, false);
  });
  const ready = () => {
    for (const each of document.querySelectorAll("[data-insert]")) each.hidden = false;
  };
  document.addEventListener("htmx:afterSwap", () => {
    window.localTimes(section);
    ready();
  });

  // Tags: suggestions for the word after the last comma.
  const tags = form.elements.tags;
  const words = document.getElementById("tag-words");
  let asked = 0;
  const suggest = async () => {
    const mine = ++asked;
    const [, head, last] = /^(.*,\s*)?([^,]*)$/.exec(tags.value);
    try {
      const answer = await fetch(`${form.dataset.tags}?q=${encodeURIComponent(last.trim())}`);
      if (mine !== asked || !answer.ok || answer.redirected) return;
      const { tags: found } = await answer.json();
      words.replaceChildren(...found.map((name) => new Option(name, (head || "") + name)));
    } catch {
      words.replaceChildren();
    }
  };
  tags.addEventListener("focus", suggest);
  tags.addEventListener("input", suggest);

  ready();
  restore();
  told();
})();
