// The plot of a job's page: its points and those of runs laid over are asked for, drawn and kept current.
(() => {
  "use strict";
  if (!window.uPlot || !window.plots) return;
  const { ask, ways, over, Choice, Tools, Figure } = window.plots;
  const NARROW = 640;
  const words = {};
  const choice = new Choice();

  let box, canvas, tools, told, shown;
  let own = null; // the last answer
  let others = [];
  let way = null;
  let busy = false;
  let turn = 0;

  const isLive = () => document.getElementById("job-header")?.dataset.live === "yes";
  const isSplit = () => choice.split ?? canvas.clientWidth < NARROW;
  const budget = () => Math.min(4000, Math.max(400, 2 * Math.round(canvas.clientWidth)));
  const addressOf = (number) => box.dataset.address.replace(/\d+(?=\/series\.json$)/, number);

  const remember = () => {
    choice.remember();
    tools.link(way);
  };

  const lines = (answer, way, dash, prefix) =>
    choice.curves
      .filter((name) => answer.series[name]?.xs.length)
      .map((name) => ({
        label: `${prefix}${name}${answer.series[name].unit ? ` [${answer.series[name].unit}]` : ""}`,
        axis: choice.axisOf(name).axis,
        colour: `--series-${choice.slotOf(name)}`,
        dash,
        ...over(way, answer.series[name].xs, answer.series[name].ys),
      }));

  const bordersOf = () => {
    const first = choice.curves.map((name) => own.series[name]?.borders).find(Boolean) || [];
    return first.map(({ x, job, run, log }) => ({ x: way.to(x), label: log || (String(job) === String(told.number) ? `${words.run} ${run}` : `${words.job} ${job}`) }));
  };

  const limitsOf = () =>
    choice.curves.flatMap((name) =>
      ["yellow", "red"].flatMap((level) => (told.limits[name]?.[level] || []).map((value) => ({ axis: choice.axisOf(name).axis, value, level }))),
    );

  const draw = (anew = false) => {
    if (!own || !way) return;
    const every = [...lines(own, way, undefined, ""), ...others.flatMap(({ answer, way }) => (way ? lines(answer, way, [6, 4], `${answer.job.number} `) : []))];
    const axes = choice.axes
      .filter((axis) => every.some((line) => line.axis === axis))
      .map((axis) => ({ key: axis, label: axis, log: choice.isLog(axis) }));
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
    const x = { "": choice.kind, percent: words.percent, clock: words.clock }[choice.over];
    shown.ends = choice.ends;
    shown.draw(groups, x, { anew });
    canvas.setAttribute("aria-label", `${words.plot}: ${every.map((line) => line.label).join(", ")}; ${x}`);
    if (!choice.ends) tools.tell(own.series);
  };

  const wanted = (through) => {
    const ends = choice.ends && through ? choice.ends.map(through.back) : null;
    return { names: choice.curves, points: budget(), from: ends && ends[0], to: ends && ends[1] };
  };

  const clockOf = async (address, name) => (name ? (await ask(address, { names: [name] }, false)).series[name] : null);

  const lay = async (number) => {
    try {
      const address = addressOf(number);
      const about = (await ask(address, { names: [], points: 10 }, false)).job;
      if (!about) return null;
      const its = ways[choice.over]({ end: about.end, clock: choice.over === "clock" ? await clockOf(address, about.clock) : null });
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
      const clock = choice.over === "clock" ? await clockOf(box.dataset.address, told.clock) : null;
      const through = ways[choice.over]({ end: told.end, clock }) || ways[""]();
      const answer = await ask(box.dataset.address, wanted(through), false);
      const laid = await Promise.all(choice.with.filter((each) => Number(each) !== told.number).map(lay));
      if (mine !== turn) return;
      own = answer;
      way = through;
      others = laid.filter(Boolean);
      draw(anew);
      tools.link(way);
    } catch {
      // Asked again with the next turn.
    } finally {
      if (mine === turn) busy = false;
    }
  };

  // What came since: only the points behind those that are here, as long as all are here.
  const follow = async () => {
    if (busy || !own || !choice.curves.length) return;
    const kept = choice.curves.map((name) => own.series[name]).filter(Boolean);
    const isWhole = !choice.ends && kept.length && kept.every((each) => each.exact && each.n !== null && each.xs.length === each.n);
    const since = isWhole ? Math.min(...kept.map((each) => each.n)) : 0;
    busy = true;
    const mine = turn;
    try {
      const answer = await ask(box.dataset.address, since ? { names: choice.curves, since } : wanted(way));
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
    tools.reflect(isSplit());
    remember();
    if (!choice.curves.length) {
      shown.clear();
      return;
    }
    if (reload) load();
    else draw(true);
  };

  // What was chosen stays chosen when the section comes anew.
  const start = (isFirst) => {
    box = document.querySelector("[data-plot]");
    if (!box) return;
    canvas = box.querySelector("[data-plot-canvas]");
    told = JSON.parse(box.dataset.settings);
    Object.assign(words, told.words);
    tools = new Tools(box, choice, words, {
      changed,
      zoom: (step) => shown.step(step),
      reset: () => shown.zoom(null),
      save: () => shown.save(document.querySelector("h1").textContent.trim(), `series-${told.number}.png`),
    });
    choice.offer(told, new Map(tools.curves.map((each) => [each.value, each.dataset.x])));
    shown = new Figure({
      canvas,
      values: box.querySelector("[data-plot-values]"),
      said: box.querySelector("[data-plot-said]"),
      words,
      onZoom: (ends) => {
        choice.ends = ends;
        remember();
        load();
      },
    });
    if (isFirst || !choice.curves.length) choice.restore();
    tools.reflect(isSplit());
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
