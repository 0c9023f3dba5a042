// Keeps a page current: asks with the version it has, patches only what differs, rests while nobody looks.
(() => {
  "use strict";
  const versions = new Map();
  const lost = document.getElementById("connection");

  const isBusy = (node) => {
    const selection = getSelection();
    return selection && !selection.isCollapsed && selection.containsNode(node, true);
  };

  // Makes `old` like `fresh` with as few changes as it takes: scroll, focus, selection and opened details stay.
  const patch = (old, fresh) => {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || (old.id || "") !== (fresh.id || "")) {
      old.replaceWith(fresh);
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.nodeValue = fresh.nodeValue;
      return;
    }
    for (const { name, value } of [...fresh.attributes]) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      const kept = (name === "open" && old.nodeName === "DETAILS") || (name === "title" && old.nodeName === "TIME");
      if (!fresh.hasAttribute(name) && !kept) old.removeAttribute(name);
    }
    patchChildren(old, fresh);
  };

  const patchChildren = (old, fresh) => {
    const known = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
    let place = old.firstChild;
    for (const child of [...fresh.childNodes]) {
      const same = child.id ? known.get(child.id) : null;
      if (same && same !== place) old.insertBefore(same, place);
      const there = same || (place && !place.id && !child.id && place.nodeName === child.nodeName ? place : null);
      if (there) {
        if (there === place) place = place.nextSibling;
        patch(there, child);
      } else {
        old.insertBefore(child, place);
      }
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
  };

  // The swap of our live pages: each part of the answer takes the place of the element with its id.
  htmx.defineExtension("parts", {
    isInlineSwap: (style) => style === "parts",
    handleSwap: (style, target, fragment) => {
      if (style !== "parts") return false;
      window.localTimes(fragment);
      for (const part of [...fragment.children]) {
        const old = part.id && document.getElementById(part.id);
        if (old) patch(old, part);
      }
      document.dispatchEvent(new Event("patched"));
      return [];
    },
  });

  document.addEventListener("htmx:configRequest", (event) => {
    const known = versions.get(event.detail.path);
    if (known) event.detail.headers["If-None-Match"] = known;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, pathInfo } = event.detail;
    if (!event.detail.shouldSwap) return;
    // Somebody is marking text here: the next answer will do.
    if (isBusy(document.getElementById("main"))) {
      event.detail.shouldSwap = false;
      return;
    }
    versions.set(pathInfo.requestPath, xhr.getResponseHeader("ETag"));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    lost.hidden = event.detail.xhr.status !== 0 && event.detail.xhr.status < 500;
  });
  document.addEventListener("visibilitychange", () => {
    const live = document.getElementById("live");
    if (!document.hidden && live) htmx.trigger(live, "wake");
  });
})();
