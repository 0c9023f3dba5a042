// The plot of a job's page: sets of curves or free choice, other runs laid over, kept current, remembered in the address.
(() => {
  "use strict";
  if (!window.uPlot || !window.plots) return;
  const { ask, ways, over, figure, Figure } = window.plots;
  const COLOURS = 8;
  const NARROW = 640;
  const words = {};

  let box, canvas, tools, told, shown;
  let choices = [];
  let state = { curves: [], logs: null, over: "", ends: null, with: [], split: null };
  let own = null; // the last answer
  let others = [];
  let way = null;
  let busy = false;
  let turn = 0;

  const query = () => new URLSearchParams(location.search);
  const isLive = () => document.getElementById("job-header")?.dataset.live === "yes";
  const slot = (name) => (choices.findIndex((each) => each.value === name) % COLOURS) + 1;
  const colourOf = (name) => {
    // Next to each other in a set, so that its colours differ even where the names are far apart in the list.
    const place = state.curves.indexOf(name);
    return `--series-${place < 0 ? slot(name) : (place % COLOURS) + 1}`;
  };
  const axisOf = (name) => told.axes[name] || { axis: name, log: false };
  const kindOf = (name) => choices.find((each) => each.value === name)?.dataset.x;
  const isSplit = () => state.split ?? canvas.clientWidth < NARROW;
  const isLog = (axis) => (state.logs ? state.logs.includes(axis) : state.curves.some((name) => axisOf(name).axis === axis && axisOf(name).log));
  const axesInUse = () => [...new Set(state.curves.map((name) => axisOf(name).axis))];
  const budget = () => Math.min(4000, Math.max(400, 2 * Math.round(canvas.clientWidth)));
  const addressOf = (number) => box.dataset.address.replace(/\d+(?=\/series\.json$)/, number);

  // What the address says, else the first set.
  const restore = () => {
    const asked = query();
    const has = (name) => choices.some((each) => each.value === name);
    const named = (asked.get("curves") || "").split(",").filter(has);
    const preset = told.presets.find((each) => each.key === asked.get("plot")) || told.presets[0];
    const ends = [asked.get("from"), asked.get("to")].map((each) => (each === null || each === "" ? NaN : Number(each)));
    state.curves = named.length ? named : preset ? [...preset.curves] : choices.slice(0, 4).map((each) => each.value);
    state.curves = state.curves.filter((name) => kindOf(name) === kindOf(state.curves[0]));
    state.logs = asked.has("log") ? asked.get("log").split(",").filter(Boolean) : null;
    state.over = asked.get("over") in ways ? asked.get("over") : "";
    state.ends = ends[1] > ends[0] ? ends : null;
    state.with = (asked.get("with") || "").split(",").filter((each) => /^\d{1,18}$/.test(each)).slice(0, 9);
    state.split = asked.has("split") ? asked.get("split") === "1" : null;
  };

  const pressed = () => told.presets.find((each) => each.curves.join() === state.curves.join());

  const remember = () => {
    const asked = query();
    const put = (name, value) => (value === null || value === "" || value === undefined ? asked.delete(name) : asked.set(name, value));
    const preset = pressed();
    put("plot", preset && preset !== told.presets[0] ? preset.key : null);
    put("curves", preset ? null : state.curves.join(","));
    put("log", state.logs && state.logs.join(","));
    if (state.logs && !state.logs.length) asked.set("log", "");
    put("over", state.over);
    put("from", state.ends && figure(state.ends[0], 8));
    put("to", state.ends && figure(state.ends[1], 8));
    put("with", state.with.join(","));
    put("split", state.split === null ? null : Number(state.split));
    const text = asked.toString().replaceAll("%2C", ",");
    history.replaceState(history.state, "", `${location.pathname}${text ? `?${text}` : ""}${location.hash}`);
    links();
  };

  const links = () => {
    const link = tools.querySelector("[data-plot-csv]");
    const asked = new URLSearchParams({ names: state.curves.join(",") });
    const ends = state.ends && way && state.ends.map(way.back);
    if (ends) {
      asked.set("from", ends[0]);
      asked.set("to", ends[1]);
    }
    link.href = `${link.href.split("?")[0]}?${asked}`;
  };

  // The tools and choices as the state has them.
  const reflect = () => {
    const preset = pressed();
    for (const each of tools.querySelectorAll("[data-preset]")) each.setAttribute("aria-pressed", String(each.dataset.preset === preset?.key));
    for (const each of tools.querySelectorAll("[data-plot-base]")) each.setAttribute("aria-pressed", String(state.with.includes(each.dataset.plotBase)));
    const text = tools.querySelector("[data-plot-with]");
    if (document.activeElement !== text) text.value = state.with.join(", ");
    const select = tools.querySelector("[data-plot-over]");
    select.options[1].disabled = !(told.end > 0) || kindOf(state.curves[0]) !== "time";
    select.options[2].disabled = !told.clock || kindOf(state.curves[0]) !== "time";
    if (select.selectedOptions[0].disabled || select.value !== state.over) {
      state.over = select.querySelector(`[value="${state.over}"]`).disabled ? "" : state.over;
      select.value = state.over;
    }
    tools.querySelector("[data-plot-split]").checked = isSplit();
    for (const each of choices) {
      each.checked = state.curves.includes(each.value);
      each.parentElement.querySelector(".swatch").className = each.checked ? `swatch s${colourOf(each.value).at(-1)}` : "swatch";
    }
    const logs = tools.querySelector("[data-plot-logs]");
    const axes = axesInUse();
    if (logs.dataset.axes !== axes.join()) {
      logs.dataset.axes = axes.join();
      logs.replaceChildren(
        ...axes.map((axis) => {
          const label = document.createElement("label");
          const input = document.createElement("input");
          input.type = "checkbox";
          input.dataset.plotLog = axis;
          label.append(input, ` log ${axis}`);
          return label;
        }),
      );
    }
    for (const each of logs.querySelectorAll("input")) each.checked = isLog(each.dataset.plotLog);
  };

  const lines = (answer, way, dash, prefix) =>
    state.curves
      .filter((name) => answer.series[name]?.xs.length)
      .map((name) => ({
        label: `${prefix}${name}${answer.series[name].unit ? ` [${answer.series[name].unit}]` : ""}`,
        axis: axisOf(name).axis,
        colour: colourOf(name),
        dash,
        ...over(way, answer.series[name].xs, answer.series[name].ys),
      }));

  const bordersOf = () => {
    const first = state.curves.map((name) => own.series[name]?.borders).find(Boolean) || [];
    return first.map(({ x, job, run, log }) => ({ x: way.to(x), label: log || (String(job) === String(told.number) ? `run ${run}` : `job ${job}`) }));
  };

  const limitsOf = () =>
    state.curves.flatMap((name) =>
      ["yellow", "red"].flatMap((level) => (told.limits[name]?.[level] || []).map((value) => ({ axis: axisOf(name).axis, value, level }))),
    );

  const draw = (anew = false) => {
    if (!own || !way) return;
    const every = [...lines(own, way, undefined, ""), ...others.flatMap(({ answer, way }) => (way ? lines(answer, way, [6, 4], `${answer.job.number} `) : []))];
    const axes = axesInUse()
      .filter((axis) => every.some((line) => line.axis === axis))
      .map((axis) => ({ key: axis, label: axis, log: isLog(axis) }));
    const limits = limitsOf();
    const borders = bordersOf();
    const group = (axes, height, title) => ({
      title,
      height,
      axes,
      borders,
      limits: limits.filter((limit) => axes.some((axis) => axis.key === limit.axis)),
      lines: every.filter((line) => axes.some((axis) => axis.key === line.axis)),
    });
    const groups = !axes.length ? [] : isSplit() ? axes.map((axis) => group([axis], axes.length > 1 ? 190 : 260, "")) : [group(axes, 330, "")];
    const x = { "": kindOf(state.curves[0]), percent: words.percent, clock: words.clock }[state.over];
    shown.ends = state.ends;
    shown.draw(groups, x, { anew });
    canvas.setAttribute("aria-label", `${words.plot}: ${every.map((line) => line.label).join(", ")}; ${x}`);
    tell();
  };

  // The last values in the table of curves move with the run.
  const tell = () => {
    if (state.ends) return;
    for (const each of choices) {
      const last = own.series[each.value]?.ys.at(-1);
      if (last !== undefined) each.closest("tr").querySelector(".last").textContent = figure(last);
    }
  };

  const wanted = (through) => {
    const ends = state.ends && through ? state.ends.map(through.back) : null;
    return { names: state.curves, points: budget(), from: ends && ends[0], to: ends && ends[1] };
  };

  const clockOf = async (address, name) => (name ? (await ask(address, { names: [name] }, false)).series[name] : null);

  const lay = async (number) => {
    try {
      const address = addressOf(number);
      const about = (await ask(address, { names: [], points: 10 }, false)).job;
      if (!about) return null;
      const its = ways[state.over]({ end: about.end, clock: state.over === "clock" ? await clockOf(address, about.clock) : null });
      return { answer: await ask(address, wanted(its), false), way: its };
    } catch {
      shown.said.textContent = `${words.unknown} ${number}`;
      return null;
    }
  };

  // All that the plot shows; `turn` lets only the latest wish be drawn.
  const load = async (anew = false) => {
    const mine = ++turn;
    busy = true;
    try {
      const clock = state.over === "clock" ? await clockOf(box.dataset.address, told.clock) : null;
      const through = ways[state.over]({ end: told.end, clock }) || ways[""]();
      const answer = await ask(box.dataset.address, wanted(through), false);
      const laid = await Promise.all(state.with.filter((each) => Number(each) !== told.number).map(lay));
      if (mine !== turn) return;
      own = answer;
      way = through;
      others = laid.filter(Boolean);
      draw(anew);
      links();
    } catch {
      own = own || null; // asked again with the next turn
    } finally {
      if (mine === turn) busy = false;
    }
  };

  // What came since: only the points behind those that are here, as long as all are here.
  const follow = async () => {
    if (busy || !own || !state.curves.length) return;
    const kept = state.curves.map((name) => own.series[name]).filter(Boolean);
    const isWhole = !state.ends && kept.length && kept.every((each) => each.exact && each.n !== null && each.xs.length === each.n);
    const since = isWhole ? Math.min(...kept.map((each) => each.n)) : 0;
    busy = true;
    const mine = turn;
    try {
      const answer = await ask(box.dataset.address, since ? { names: state.curves, since } : wanted(way));
      if (!answer || mine !== turn) return;
      if (!since) {
        own = answer;
        draw();
        return;
      }
      const fits = answer.lineage === own.lineage && Object.entries(answer.series).every(([name, more]) => own.series[name] && more.exact && more.n !== null);
      const most = Math.max(...Object.values(answer.series).map((each) => each.n), 0);
      if (!fits || most > 2 * budget()) {
        await load();
        return;
      }
      for (const [name, more] of Object.entries(answer.series)) {
        const its = own.series[name];
        const fresh = its.n - since;
        its.xs.push(...more.xs.slice(fresh));
        its.ys.push(...more.ys.slice(fresh));
        its.n = more.n;
      }
      draw();
    } catch {
      // The page says itself that the service does not answer.
    } finally {
      if (mine === turn) busy = false;
    }
  };

  const changed = ({ reload = true } = {}) => {
    reflect();
    remember();
    if (!state.curves.length) {
      shown.clear();
      return;
    }
    if (reload) load();
    else draw(true);
  };

  const choose = (each) => {
    // One axis carries one kind of x: choosing over another kind lets the former go.
    const rest = state.curves.filter((name) => name !== each.value && (!each.checked || kindOf(name) === each.dataset.x));
    if (each.checked && rest.length < state.curves.length) state.ends = null;
    state.curves = each.checked ? [...rest, each.value] : rest;
    changed();
  };

  const handle = () => {
    for (const each of choices) each.addEventListener("change", () => choose(each));
    tools.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (!button) return;
      const { preset, plotBase, zoom } = button.dataset;
      if (preset) {
        state.curves = [...told.presets.find((each) => each.key === preset).curves];
        state.ends = null;
        state.logs = null;
        changed();
      } else if (plotBase) {
        state.with = state.with.includes(plotBase) ? state.with.filter((each) => each !== plotBase) : [...state.with, plotBase];
        changed();
      } else if (zoom) shown.step(zoom);
      else if ("plotReset" in button.dataset) shown.zoom(null);
      else if ("plotPng" in button.dataset) shown.save(document.querySelector("h1").textContent.trim(), `series-${told.number}.png`);
    });
    tools.addEventListener("change", ({ target }) => {
      if ("plotOver" in target.dataset) {
        state.over = target.value;
        state.ends = null;
        changed();
      } else if ("plotLog" in target.dataset) {
        state.logs = axesInUse().filter((axis) => (axis === target.dataset.plotLog ? target.checked : isLog(axis)));
        changed({ reload: false });
      } else if ("plotSplit" in target.dataset) {
        state.split = target.checked;
        changed({ reload: false });
      } else if ("plotWith" in target.dataset) {
        state.with = (target.value.match(/\d{1,18}/g) || []).slice(0, 9);
        changed();
      }
    });
  };

  // What was chosen stays chosen when the section comes anew.
  const start = (isFirst) => {
    box = document.querySelector("[data-plot]");
    choices = [];
    if (!box) return;
    canvas = box.querySelector("[data-plot-canvas]");
    told = JSON.parse(box.dataset.settings);
    Object.assign(words, told.words);
    choices = [...box.querySelectorAll("input[type=checkbox][data-x]")];
    tools = box.querySelector("[data-plot-tools]");
    tools.hidden = false;
    shown = new Figure({
      canvas,
      values: box.querySelector("[data-plot-values]"),
      said: box.querySelector("[data-plot-said]"),
      words,
      onZoom: (ends) => {
        state.ends = ends;
        remember();
        load();
      },
    });
    if (isFirst || !state.curves.length) restore();
    handle();
    reflect();
    load(true);
  };

  start(true);
  document.addEventListener("sections", () => start(false));
  document.addEventListener("theme", () => draw(true));
  setInterval(() => {
    if (!document.hidden && isLive()) follow();
  }, 1500);
  // The last points come with the end of the job.
  let wasLive = isLive();
  document.addEventListener("patched", () => {
    if (wasLive && !isLive()) follow();
    wasLive = isLive();
  });
})();
