// Series of several jobs: a small plot for each curve with a line for each job, zoomed together.
(() => {
  "use strict";
  const box = document.querySelector("[data-compare]");
  if (!box || !window.uPlot || !window.plots) return;
  const { ask, ways, over, Figure } = window.plots;
  const told = JSON.parse(box.dataset.settings);
  const canvas = box.querySelector("[data-plot-canvas]");
  const tools = box.querySelector("[data-plot-tools]");
  const choices = [...box.querySelectorAll("input[type=checkbox][data-x]")];
  const COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6", "--series-7", "--series-8"];
  const DASHES = [undefined, [7, 4]];
  const MOST = 6;
  let curves = [];
  let logs = null;
  let way = "";
  let ends = null;
  let answers = [];
  let turn = 0;

  const kindOf = (name) => choices.find((each) => each.value === name)?.dataset.x;
  const axisOf = (name) => told.axes[name] || { axis: name, log: false };
  const isLog = (axis) => (logs ? logs.includes(axis) : curves.some((name) => axisOf(name).axis === axis && axisOf(name).log));
  const axes = () => [...new Set(curves.map((name) => axisOf(name).axis))];
  const preset = () => told.presets.find((each) => each.curves.slice(0, MOST).join() === curves.join());

  const shown = new Figure({
    canvas,
    values: box.querySelector("[data-plot-values]"),
    said: box.querySelector("[data-plot-said]"),
    words: told.words,
    onZoom: (to) => {
      ends = to;
      remember();
      load();
    },
  });

  const restore = () => {
    const asked = new URLSearchParams(location.search);
    const named = (asked.get("curves") || "").split(",").filter((name) => choices.some((each) => each.value === name));
    const chosen = told.presets.find((each) => each.key === asked.get("plot")) || told.presets[0];
    curves = (named.length ? named : chosen ? chosen.curves : choices.map((each) => each.value)).slice(0, MOST);
    curves = curves.filter((name) => kindOf(name) === kindOf(curves[0]));
    way = asked.get("over") in ways ? asked.get("over") : "";
    const to = [asked.get("from"), asked.get("to")].map((each) => (each ? Number(each) : NaN));
    ends = to[1] > to[0] ? to : null;
    logs = asked.has("log") ? asked.get("log").split(",").filter(Boolean) : null;
  };

  const remember = () => {
    const asked = new URLSearchParams(location.search);
    const put = (name, value) => (value === null || value === "" || value === undefined ? asked.delete(name) : asked.set(name, value));
    const chosen = preset();
    put("plot", chosen && chosen !== told.presets[0] ? chosen.key : null);
    put("curves", chosen ? null : curves.join(","));
    put("over", way);
    put("from", ends && Number(ends[0].toPrecision(8)));
    put("to", ends && Number(ends[1].toPrecision(8)));
    if (logs) asked.set("log", logs.join(","));
    else asked.delete("log");
    history.replaceState(null, "", `${location.pathname}?${asked.toString().replaceAll("%2C", ",")}`);
  };

  const reflect = () => {
    for (const each of choices) each.checked = curves.includes(each.value);
    for (const each of tools.querySelectorAll("[data-preset]")) each.setAttribute("aria-pressed", String(each.dataset.preset === preset()?.key));
    const select = tools.querySelector("[data-plot-over]");
    const isTime = kindOf(curves[0]) === "time";
    select.options[1].disabled = !isTime || !told.jobs.some((job) => job.end > 0);
    select.options[2].disabled = !isTime || !told.jobs.some((job) => job.clock);
    if (select.querySelector(`[value="${way}"]`).disabled) way = "";
    select.value = way;
    const group = tools.querySelector("[data-plot-logs]");
    group.replaceChildren(
      ...axes().map((axis) => {
        const label = document.createElement("label");
        const input = document.createElement("input");
        input.type = "checkbox";
        input.dataset.plotLog = axis;
        input.checked = isLog(axis);
        label.append(input, ` ${told.words.log} ${axis}`);
        return label;
      }),
    );
  };

  const draw = (anew = false) => {
    const groups = curves
      .map((name) => {
        const { axis } = axisOf(name);
        const lines = answers
          .map((each, i) => ({ each, i }))
          .filter(({ each }) => each?.answer.series[name]?.xs.length)
          .map(({ each, i }) => ({
            label: `${told.jobs[i].number} ${name}`,
            axis,
            colour: COLOURS[i % COLOURS.length],
            dash: DASHES[Math.floor(i / COLOURS.length)],
            ...over(each.way, each.answer.series[name].xs, each.answer.series[name].ys),
          }));
        return { title: name, height: 230, axes: [{ key: axis, label: axis, log: isLog(axis) }], borders: [], limits: [], lines };
      })
      .filter((group) => group.lines.length);
    const x = { "": kindOf(curves[0]), percent: told.words.percent, clock: told.words.clock }[way];
    shown.ends = ends;
    shown.draw(groups, x, { anew });
    canvas.setAttribute("aria-label", `${told.words.plot}: ${curves.join(", ")}; ${told.jobs.map((job) => job.number).join(", ")}`);
  };

  const one = async (job) => {
    const clock = way === "clock" && job.clock ? (await ask(job.address, { names: [job.clock] }, false)).series[job.clock] : null;
    const through = ways[way]({ end: job.end, clock });
    if (!through) return null;
    const to = ends && ends.map(through.back);
    const points = Math.min(4000, Math.max(400, 2 * Math.round(canvas.clientWidth)));
    return { way: through, answer: await ask(job.address, { names: curves, points, from: to && to[0], to: to && to[1] }, false) };
  };

  const load = async (anew = false) => {
    const mine = ++turn;
    const found = await Promise.all(told.jobs.map((job) => one(job).catch(() => null)));
    if (mine !== turn) return;
    answers = found;
    draw(anew);
  };

  const changed = (reload = true) => {
    reflect();
    remember();
    if (!curves.length) shown.clear();
    else if (reload) load();
    else draw(true);
  };

  restore();
  tools.hidden = false;
  reflect();
  load();
  for (const each of choices) {
    each.addEventListener("change", () => {
      const rest = curves.filter((name) => name !== each.value && (!each.checked || kindOf(name) === each.dataset.x));
      curves = each.checked ? [...rest, each.value].slice(-MOST) : rest;
      changed();
    });
  }
  tools.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (button.dataset.preset) {
      curves = told.presets.find((each) => each.key === button.dataset.preset).curves.slice(0, MOST);
      ends = null;
      logs = null;
      changed();
    } else if (button.dataset.zoom) shown.step(button.dataset.zoom);
    else if ("plotReset" in button.dataset) shown.zoom(null);
    else if ("plotPng" in button.dataset) shown.save(told.jobs.map((job) => job.number).join(", "), "compared.png");
  });
  tools.addEventListener("change", ({ target }) => {
    if ("plotOver" in target.dataset) {
      way = target.value;
      ends = null;
      changed();
    } else if ("plotLog" in target.dataset) {
      logs = axes().filter((axis) => (axis === target.dataset.plotLog ? target.checked : isLog(axis)));
      changed(false);
    }
  });
  document.addEventListener("theme", () => draw(true));
})();
