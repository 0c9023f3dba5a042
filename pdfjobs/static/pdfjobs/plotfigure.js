// Panels under each other that share x, with a table of values; zoomed together, exported as one picture.
(() => {
  "use strict";
  const { panel, figure, at, colour } = window.plots;
  const WAIT_MS = 140;
  let made = 0;

  const row = (...cells) => {
    const line = document.createElement("tr");
    line.append(...cells);
    return line;
  };
  const cell = (name, text, kind = "") => {
    const made = document.createElement(name);
    if (text instanceof Node) made.append(text);
    else made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  class Figure {
    // `canvas` takes the panels, `values` the table; `onZoom(ends or null)` is called once somebody has settled.
    constructor({ canvas, values, said, words, onZoom }) {
      Object.assign(this, { canvas, values, said, words, onZoom });
      this.sync = `plot-${++made}`;
      this.panels = [];
      this.ends = null;
      this.cells = [];
      this.shape = "";
      new ResizeObserver(() => this.panels.forEach((each) => each.resize())).observe(canvas);
      canvas.addEventListener("keydown", (event) => this.key(event));
    }

    // `groups`: for each panel its title, axes, lines, limits and borders.
    draw(groups, xLabel, { anew = false } = {}) {
      const shape = JSON.stringify([xLabel, groups.map((group) => [group.title, group.height, group.axes, group.borders, group.limits,
        group.lines.map((line) => [line.label, line.axis, line.colour, line.dash])])]);
      this.groups = groups;
      if (shape === this.shape && !anew) this.panels.forEach((each, i) => each.renew(groups[i].lines));
      else this.build(groups, xLabel);
      this.shape = shape;
      this.tell(null);
    }

    build(groups, xLabel) {
      this.clear();
      this.panels = groups.map((group) => {
        const host = document.createElement("div");
        host.className = "panel";
        if (group.title) host.append(cell("h3", group.title));
        const inner = document.createElement("div");
        host.append(inner);
        this.canvas.append(host);
        return panel(inner, {
          ...group,
          xLabel,
          sync: this.sync,
          range: () => this.ends,
          onZoom: (ends) => this.zoom(ends),
          onCursor: (x) => this.tell(x),
        });
      });
      this.rows(groups.flatMap((group) => group.lines));
    }

    clear() {
      this.panels.forEach((each) => each.destroy());
      this.panels = [];
      this.canvas.replaceChildren();
      this.values.replaceChildren();
      this.shape = "";
    }

    rows(lines) {
      const { words } = this;
      const body = document.createElement("tbody");
      this.cells = lines.map((line) => {
        const swatch = document.createElement("span");
        swatch.className = `swatch s${line.colour.at(-1)}${line.dash ? " is-dashed" : ""}`;
        swatch.setAttribute("aria-hidden", "true");
        const name = document.createElement("span");
        name.append(swatch, line.label);
        name.title = line.label;
        const cells = ["", "", ""].map((text) => cell("td", text, "num"));
        const head = cell("th", name, "curve");
        head.scope = "row";
        body.append(row(head, ...cells));
        return cells;
      });
      this.where = cell("th", words.at, "num");
      const heads = [cell("th", words.curve), this.where, cell("th", words.lowest, "num"), cell("th", words.highest, "num")];
      heads.forEach((each) => (each.scope = "col"));
      const table = document.createElement("table");
      const head = document.createElement("thead");
      head.append(row(...heads));
      table.append(head, body);
      this.values.replaceChildren(table);
    }

    // The values where somebody points, else the last ones, and the range of what is shown.
    tell(x) {
      if (!this.panels.length) return;
      const [low, high] = this.panels[0].ends();
      const place = x ?? high;
      this.where.textContent = x === null ? this.words.last : `${this.words.at} ${figure(x)}`;
      this.groups.flatMap((group) => group.lines).forEach((line, i) => {
        let least = null;
        let most = null;
        line.xs.forEach((each, k) => {
          const y = line.ys[k];
          if (each < low || each > high || y === null) return;
          if (least === null || y < least) least = y;
          if (most === null || y > most) most = y;
        });
        [at(line, place), least, most].forEach((value, k) => {
          const text = figure(value);
          if (this.cells[i] && this.cells[i][k].textContent !== text) this.cells[i][k].textContent = text;
        });
      });
      this.pointed = x;
    }

    zoom(ends) {
      if (ends && !(ends[1] > ends[0])) return;
      this.ends = ends;
      this.panels.forEach((each) => each.ranged());
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.onZoom(ends), WAIT_MS);
    }

    // In or out around the middle, or to a side by a share of what is shown.
    step(what) {
      if (!this.panels.length) return;
      const [low, high] = this.panels[0].ends();
      const size = high - low;
      const steps = {
        in: [low + size / 4, high - size / 4],
        out: [low - size / 2, high + size / 2],
        left: [low - size / 4, high - size / 4],
        right: [low + size / 4, high + size / 4],
      };
      this.zoom(steps[what]);
    }

    key(event) {
      const steps = { "+": "in", "=": "in", "-": "out", "−": "out" };
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (steps[event.key]) this.step(steps[event.key]);
      else if (event.key === "0" || event.key === "Home") this.zoom(null);
      else if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.arrow(event);
      else return;
      event.preventDefault();
      event.stopPropagation();
    }

    arrow(event) {
      const side = event.key === "ArrowLeft" ? -1 : 1;
      if (event.shiftKey) {
        this.step(side < 0 ? "left" : "right");
        return;
      }
      if (!this.panels.length) return;
      const [low, high] = this.panels[0].ends();
      const from = this.pointed ?? (side < 0 ? high : low);
      const x = Math.min(high, Math.max(low, from + (side * (high - low)) / 100));
      this.panels.forEach((each) => each.point(x));
      this.tell(x);
      const values = this.groups.flatMap((group) => group.lines).map((line) => `${line.label} ${figure(at(line, x))}`);
      this.said.textContent = `${this.words.at} ${figure(x)}: ${values.slice(0, 8).join(", ")}`;
    }

    // All panels and the names of their curves as a PNG file.
    save(title, name) {
      const ratio = devicePixelRatio;
      const canvases = this.panels.map((each) => each.plot.ctx.canvas);
      if (!canvases.length) return;
      const lines = this.groups.flatMap((group) => group.lines);
      const width = Math.max(...canvases.map((each) => each.width));
      const legend = 20 * ratio * Math.ceil(lines.length / 2) + 10 * ratio;
      const top = 34 * ratio;
      const picture = document.createElement("canvas");
      picture.width = width;
      picture.height = top + legend + canvases.reduce((sum, each) => sum + each.height, 0);
      const ctx = picture.getContext("2d");
      ctx.fillStyle = colour("--surface");
      ctx.fillRect(0, 0, picture.width, picture.height);
      ctx.fillStyle = colour("--text");
      ctx.font = `600 ${15 * ratio}px ${colour("--sans")}`;
      ctx.fillText(title, 12 * ratio, 23 * ratio);
      let y = top;
      for (const each of canvases) {
        ctx.drawImage(each, 0, y);
        y += each.height;
      }
      ctx.font = `${12 * ratio}px ${colour("--sans")}`;
      lines.forEach((line, i) => {
        const left = 12 * ratio + (i % 2) * (width / 2);
        const at = y + (16 + 20 * Math.floor(i / 2)) * ratio;
        ctx.strokeStyle = colour(line.colour);
        ctx.lineWidth = 2 * ratio;
        ctx.setLineDash((line.dash || []).map((each) => each * ratio));
        ctx.beginPath();
        ctx.moveTo(left, at - 4 * ratio);
        ctx.lineTo(left + 24 * ratio, at - 4 * ratio);
        ctx.stroke();
        ctx.fillStyle = colour("--text");
        ctx.fillText(line.label, left + 32 * ratio, at);
      });
      picture.toBlob((blob) => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(blob);
        link.download = name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      }, "image/png");
    }
  }

  window.plots.Figure = Figure;
})();
