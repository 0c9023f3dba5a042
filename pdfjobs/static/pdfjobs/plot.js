// The series plot: chosen by checkboxes, kept current while the job goes on, zoomed by dragging.
(() => {
  "use strict";
  if (!window.uPlot) return;
  let box, canvas, tools, logAxis;
  let choices = [];
  const HEIGHT = 320;
  const COLOURS = 8;

  let plot = null;
  let version = null;
  let data = null;
  let zoomed = false;
  let range = null;
  let isDrawing = false;
  let asked = 0;

  const style = () => getComputedStyle(document.documentElement);
  const colour = (name) => style().getPropertyValue(name).trim();
  const chosen = () => choices.filter((each) => each.checked);
  const slot = (name) => (choices.findIndex((each) => each.value === name) % COLOURS) + 1;
  const isLive = () => document.getElementById("job-header")?.dataset.live === "yes";

  const preselect = () => {
    const residuals = choices.filter((each) => each.value.startsWith("residual."));
    for (const each of (residuals.length ? residuals : choices).slice(0, 4)) {
      if (each.dataset.x === (residuals[0] || choices[0]).dataset.x) each.checked = true;
    }
    logAxis.checked = residuals.length > 0;
  };

  const swatches = () => {
    for (const each of choices) {
      each.parentElement.querySelector(".swatch").className = each.checked ? `swatch s${slot(each.value)}` : "swatch";
    }
  };

  // Series have their own x values; uPlot wants one x for all, and a gap where a series has no point.
  const joined = (names) => {
    const positive = (y) => (logAxis.checked && !(y > 0) ? null : y);
    const tables = names.map((name) => [data[name].xs, data[name].ys.map(positive)]);
    return tables.length > 1 ? uPlot.join(tables, tables.map(() => [1])) : tables[0];
  };

  const figure = (value) => (value === null || value === undefined ? "–" : Number(value.toPrecision(5)).toString());
  const tick = (value) => (value === null || value === undefined ? "" : Number(value.toPrecision(4)).toString());
  const labelled = (name) => {
    const unit = data[name].unit ? ` [${data[name].unit}]` : "";
    const hidden = logAxis.checked && !data[name].ys.some((y) => y > 0);
    return `${name}${unit}${hidden ? " – not above 0, so not on a log axis" : ""}`;
  };

  // The figures beside the names move with the plot.
  const tell = () => {
    for (const each of choices) {
      const last = data[each.value]?.ys.at(-1);
      if (last !== undefined) each.parentElement.querySelector(".last").textContent = figure(last);
    }
  };

  // On a log axis a line for every power of ten is enough; nine for each make a wall.
  const decade = (value) => (logAxis.checked && Math.abs(Math.log10(value) % 1) > 1e-9 ? null : value);

  const options = (names, x) => {
    const units = [...new Set(names.map((name) => data[name].unit || "1"))];
    const line = colour("--line");
    const text = colour("--muted");
    const font = `12px ${colour("--sans")}`;
    const axis = { stroke: text, font, labelFont: font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    const scales = Object.fromEntries(units.map((unit) => [unit, { distr: logAxis.checked ? 3 : 1 }]));
    return {
      width: canvas.clientWidth,
      height: HEIGHT,
      scales: { x: { time: false }, ...scales },
      cursor: { drag: { x: true, y: false, dist: 6 }, points: { size: 6 } },
      axes: [
        { ...axis, label: x, labelSize: 20, size: 34 },
        ...units.slice(0, 2).map((unit, i) => ({
          ...axis,
          scale: unit,
          side: i ? 1 : 3,
          grid: { ...axis.grid, show: !i, filter: (_, ticks) => ticks.map(decade) },
          label: unit === "1" ? undefined : unit,
          labelSize: 18,
          size: 62,
          values: (_, ticks) => ticks.map(tick),
        })),
      ],
      series: [
        { label: x, value: (_, value) => figure(value) },
        ...names.map((name) => ({
          label: labelled(name),
          scale: data[name].unit || "1",
          stroke: colour(`--series-${slot(name)}`),
          width: 1.4,
          points: { show: data[name].xs.length < 60, size: 4 },
          spanGaps: true,
          value: (_, value) => figure(value),
        })),
      ],
      hooks: {
        setSelect: [(self) => { zoomed = self.select.width > 0; }],
        ready: [(self) => self.over.addEventListener("dblclick", () => { zoomed = false; })],
      },
    };
  };

  const clear = () => {
    if (plot && zoomed) range = { min: plot.scales.x.min, max: plot.scales.x.max };
    plot?.destroy();
    plot = null;
  };

  const draw = (anew) => {
    const names = chosen().map((each) => each.value).filter((name) => data?.[name]?.xs.length);
    if (!names.length) {
      clear();
      return;
    }
    const table = joined(names);
    if (plot && !anew) {
      const { min, max } = plot.scales.x;
      plot.setData(table, !zoomed);
      if (zoomed) plot.setScale("x", { min, max });
      return;
    }
    clear();
    plot = new uPlot(options(names, data[names[0]].x), table, canvas);
    if (zoomed && range) plot.setScale("x", range);
  };

  const ask = async (anew) => {
    if (isDrawing && !anew) return;
    const names = chosen().map((each) => each.value);
    if (!names.length) {
      clear();
      return;
    }
    isDrawing = true;
    const mine = ++asked;
    try {
      const headers = version && !anew ? { "If-None-Match": version } : {};
      const answer = await fetch(`${box.dataset.address}?names=${encodeURIComponent(names.join(","))}`, { headers, cache: "no-store" });
      if (mine !== asked || !answer.ok || answer.redirected) return;
      data = (await answer.json()).series;
      if (mine !== asked) return;
      version = answer.headers.get("ETag");
      tell();
      draw(anew);
    } catch {
      version = null;
    } finally {
      isDrawing = false;
    }
  };

  const choose = (changed) => {
    // One axis carries one kind of x: choosing over another kind lets the former go.
    for (const each of choices) {
      if (changed.checked && each.dataset.x !== changed.dataset.x && each.checked) {
        each.checked = false;
        zoomed = false;
      }
    }
    swatches();
    ask(true);
  };

  // What was chosen stays chosen when the section comes anew.
  const start = () => {
    const former = chosen().map((each) => each.value);
    const wasLog = logAxis?.checked;
    box = document.querySelector("[data-plot]");
    choices = [];
    clear();
    if (!box) return;
    canvas = box.querySelector("[data-plot-canvas]");
    choices = [...box.querySelectorAll("input[type=checkbox]")];
    tools = document.querySelector("[data-plot-tools]");
    logAxis = tools.querySelector("[data-plot-log]");
    tools.hidden = false;
    for (const each of choices) each.addEventListener("change", () => choose(each));
    logAxis.addEventListener("change", () => draw(true));
    tools.querySelector("[data-plot-reset]").addEventListener("click", () => {
      zoomed = false;
      draw(true);
    });
    new ResizeObserver(() => plot?.setSize({ width: canvas.clientWidth, height: HEIGHT })).observe(canvas);
    if (former.length) {
      for (const each of choices) each.checked = former.includes(each.value);
      logAxis.checked = wasLog;
    } else {
      preselect();
    }
    swatches();
    ask(true);
  };

  start();
  document.addEventListener("sections", start);
  document.addEventListener("theme", () => draw(true));
  setInterval(() => {
    if (!document.hidden && isLive()) ask(false);
  }, 1500);
  // The last points come with the end of the job.
  let wasLive = isLive();
  document.addEventListener("patched", () => {
    if (wasLive && !isLive()) ask(false);
    wasLive = isLive();
  });
})();
