// Rows of a file of a run in a pane: fetched as one scrolls, marked as they are read, followed as they are written.
(() => {
  "use strict";
  const MOST_BLOCKS = 8;
  const NEAR = 900;
  const BEHIND_ALL = Number.MAX_SAFE_INTEGER;

  window.LogRows = class {
    // `address` answers with blocks of rows, `kept` goes along in each question; `onLost` hears whether there is an answer.
    constructor(pane, { address, kept = "", onLost = () => {} }) {
      Object.assign(this, { pane, address, kept, onLost });
      this.size = Number(this.first?.dataset.size || 0);
      const { wordWarning, wordError, wordFatal } = pane.dataset;
      this.words = { warning: wordWarning, error: wordError, fatal: wordFatal };
      this.version = null;
      this.busy = false;
      this.set = 0;
      this.left = false;
    }

    // Answers that are still under way are not shown any more.
    leave() {
      this.left = true;
    }

    get blocks() {
      return this.pane.querySelectorAll(".block");
    }

    get first() {
      return this.pane.querySelector(".block");
    }

    get last() {
      return [...this.blocks].pop();
    }

    get isAtEnd() {
      return this.pane.scrollHeight - this.pane.scrollTop - this.pane.clientHeight < 30;
    }

    get hasEnd() {
      const { last } = this;
      return Boolean(last) && Number(last.dataset.end) >= this.size;
    }

    // Whether the pane was scrolled by somebody, and not by us just now.
    get isByHand() {
      return performance.now() - this.set > 150;
    }

    // The row at the top of what is in sight.
    get top() {
      const box = this.pane.getBoundingClientRect();
      return document.elementFromPoint(box.left + 12, box.top + 6)?.closest(".row") || null;
    }

    scrollTo(top) {
      this.set = performance.now();
      this.pane.scrollTop = top;
    }

    // The rows around a place in the file, that one first in sight.
    goTo(at) {
      return this.#once(async () => {
        const block = await this.#ask(`at=${at}`);
        if (!block) return;
        this.#replace(block);
        const row = [...this.pane.querySelectorAll(".row")].filter((each) => Number(each.dataset.at) <= at).pop();
        this.scrollTo(row ? row.offsetTop - this.pane.offsetTop : 0);
      });
    }

    toEnd() {
      return this.#once(async () => {
        const block = await this.#ask(`before=${BEHIND_ALL}`);
        if (!block) return;
        this.#replace(block);
        this.scrollTo(this.pane.scrollHeight);
      });
    }

    // What lies beside the rows that are there, when one comes close to their end.
    more() {
      return this.#once(async () => {
        const { pane, last, first } = this;
        if (last && Number(last.dataset.end) < this.size && pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR) {
          const block = await this.#ask(`after=${last.dataset.end}`);
          if (block?.children.length) {
            pane.append(block);
            this.#trim(true);
          }
        }
        if (first && Number(first.dataset.begin) > 0 && pane.scrollTop < NEAR) {
          const block = await this.#ask(`before=${first.dataset.begin}`);
          if (block?.children.length) {
            const [height, top] = [pane.scrollHeight, pane.scrollTop];
            pane.prepend(block);
            this.scrollTo(top + pane.scrollHeight - height);
            this.#trim(false);
          }
        }
      });
    }

    // What was written since: the last row anew if it had not ended, and the rows behind it; then to the end where
    // `sticks` says so of one who was, or was not, there. Gives what the answer says of the file, if there is one.
    async goOn({ sticks }) {
      let heard = null;
      await this.#once(async () => {
        const { pane, last } = this;
        const settled = last ? Number(last.dataset.settled) : 0;
        const since = [...pane.querySelectorAll(".row[data-line]")].slice(-1500)[0]?.dataset.line || 1;
        const block = await this.#ask(`after=${settled}&follow=1&since=${since}`, true);
        if (!block) return;
        heard = { ...block.dataset };
        const wasAtEnd = this.isAtEnd;
        if (!last || Number(block.dataset.begin) !== settled) {
          if (block.children.length) this.#replace(block, false);
        } else if (block.children.length) {
          this.#join(last, block, settled);
        }
        this.#mark(heard.recent || "");
        if (sticks(wasAtEnd)) this.scrollTo(pane.scrollHeight);
      });
      return heard;
    }

    // What the service says of the file.
    async about(query) {
      let heard = null;
      await this.#once(async () => {
        heard = (await this.#ask(`after=${this.size}&${query}`))?.dataset || null;
      });
      return heard;
    }

    async #ask(query, again = false) {
      const known = again && this.version ? { "If-None-Match": this.version } : {};
      const answer = await fetch(`${this.address}?${query}${this.kept}`, { headers: known, cache: "no-store" });
      if (this.left || answer.status === 304) return null;
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      const block = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".block");
      if (this.left) return null;
      this.size = Number(block.dataset.size);
      if (again) this.version = answer.headers.get("ETag");
      return document.adoptNode(block);
    }

    async #once(what) {
      if (this.busy) return;
      this.busy = true;
      try {
        await what();
        if (!this.left) this.onLost(false);
      } catch {
        if (!this.left) this.onLost(true);
      } finally {
        this.busy = false;
      }
    }

    #replace(block, isPlace = true) {
      this.pane.replaceChildren(block);
      if (isPlace) this.version = null;
    }

    #join(last, block, settled) {
      for (const row of [...last.querySelectorAll(".row")]) if (Number(row.dataset.at) >= settled) row.remove();
      if (last.children.length < 300 && last.children.length + block.children.length < 1500) {
        last.append(...block.childNodes);
        last.dataset.end = block.dataset.end;
        last.dataset.settled = block.dataset.settled;
      } else {
        this.pane.append(block);
        this.#trim(true);
      }
    }

    #trim(atTop) {
      while (this.blocks.length > MOST_BLOCKS) {
        const far = atTop ? this.first : this.last;
        const height = atTop ? far.offsetHeight : 0;
        const top = this.pane.scrollTop;
        far.remove();
        if (atTop) this.scrollTo(top - height);
      }
    }

    // "line:severity" of lines that were shown before they were read.
    #mark(recent) {
      for (const word of recent.split(" ")) {
        const [line, severity] = word.split(":");
        const row = line && this.pane.querySelector(`.row[data-line="${CSS.escape(line)}"]`);
        if (row && !row.classList.contains(`is-${severity}`)) {
          row.classList.add(`is-${severity}`);
          row.querySelector(".ln").setAttribute("aria-label", `${this.words[severity]}, ${line}`);
        }
      }
    }
  };
})();
