// One plot: curves with their axes, limits and borders; tells where somebody points, drags, turns the wheel.
(() => {
  "use strict";
  const { figure, labels } = window.plots;
  const style = () => getComputedStyle(document.documentElement);
  const colour = (name) => style().getPropertyValue(name).trim();
  const SIDES = [3, 1, 3, 1];

  // On a log axis a line for every power of ten is enough; nine for each make a wall.
  const decade = (value) => (Math.abs(Math.log10(value) % 1) > 1e-9 ? null : value);

  const powers = (_, ticks) => ticks.map((tick) => (tick === null || tick === undefined ? "" : figure(tick, 4)));
  const steps = (_plot, ticks, _axis, _space, step) => labels(ticks, step);

  const dashed = (ctx, from, to, stroke, dash) => {
    ctx.save();
    ctx.strokeStyle = stroke;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash(dash.map((each) => each * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(...from);
    ctx.lineTo(...to);
    ctx.stroke();
    ctx.restore();
  };

  const drawLimits = (plot, limits) => {
    const { left, top, width, height } = plot.bbox;
    for (const { axis, value, level } of limits) {
      const y = plot.valToPos(value, axis, true);
      if (!(y > top && y < top + height)) continue;
      dashed(plot.ctx, [left, y], [left + width, y], colour(level === "red" ? "--error-bar" : "--other-bar"), [2, 3]);
    }
  };

  const drawBorders = (plot, borders) => {
    const { left, top, width, height } = plot.bbox;
    for (const { x, label } of borders) {
      const at = plot.valToPos(x, "x", true);
      if (!(at > left && at < left + width)) continue;
      dashed(plot.ctx, [at, top], [at, top + height], colour("--line-strong"), [6, 4]);
      plot.ctx.save();
      plot.ctx.fillStyle = colour("--muted");
      plot.ctx.font = `${11 * devicePixelRatio}px ${colour("--sans")}`;
      plot.ctx.textBaseline = "top";
      plot.ctx.fillText(label, at + 4 * devicePixelRatio, top + 3 * devicePixelRatio);
      plot.ctx.restore();
    }
  };

  const axisOf = (axis, i, base) => ({
    ...base,
    scale: axis.key,
    side: SIDES[i],
    grid: { ...base.grid, show: i === 0, filter: (_, ticks) => (axis.log ? ticks.map(decade) : ticks) },
    filter: (_, ticks) => (axis.log ? ticks.map(decade) : ticks),
    label: axis.label,
    labelSize: 18,
    size: (_, words) => Math.max(60, 20 + 7 * Math.max(...(words ?? [""]).map((word) => word.length))),
    ...(axis.log ? { values: powers } : {}),
  });

  const options = (host, told) => {
    const line = colour("--line");
    const font = `12px ${colour("--sans")}`;
    const base = { stroke: colour("--muted"), font, labelFont: font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, values: steps };
    return {
      width: host.clientWidth,
      height: told.height,
      legend: { show: false },
      scales: {
        x: { time: false, range: (_, min, max) => told.range() || [min, max] },
        ...Object.fromEntries(told.axes.map((axis) => [axis.key, { distr: axis.log ? 3 : 1 }])),
      },
      cursor: {
        drag: { x: true, y: false, dist: 6, setScale: false },
        points: { size: 6 },
        sync: { key: told.sync, setSeries: false, scales: ["x", null] },
        bind: {
          mousedown: (plot, _, begin) => (event) => {
            if (event.button === 0 && event.shiftKey) pan(plot, event, told);
            else begin(event);
          },
          dblclick: () => () => told.onZoom(null),
        },
      },
      axes: [{ ...base, label: told.xLabel, labelSize: 20, size: 34, space: 72 }, ...told.axes.slice(0, 4).map((axis, i) => axisOf(axis, i, base))],
      series: [
        {},
        ...told.lines.map((each) => ({
          label: each.label,
          scale: each.axis,
          stroke: colour(each.colour),
          dash: each.dash,
          width: each.dash ? 1.2 : 1.5,
          points: { show: each.xs.length < 60, size: 4 },
        })),
      ],
      hooks: {
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width <= 0) return;
            const ends = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            told.onZoom(ends);
          },
        ],
        setCursor: [(plot) => told.onCursor(plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, "x") : null)],
        drawAxes: [(plot) => drawBorders(plot, told.borders)],
        draw: [(plot) => drawLimits(plot, told.limits)],
        ready: [(plot) => plot.over.addEventListener("wheel", (event) => wheel(plot, event, host, told), { passive: false })],
      },
    };
  };

  const pan = (plot, begun, told) => {
    const { min, max } = plot.scales.x;
    const perPixel = (max - min) / plot.over.clientWidth;
    const move = (event) => {
      const by = (begun.clientX - event.clientX) * perPixel;
      told.onZoom([min + by, max + by]);
    };
    const end = () => {
      removeEventListener("mousemove", move);
      removeEventListener("mouseup", end);
    };
    addEventListener("mousemove", move);
    addEventListener("mouseup", end);
    begun.preventDefault();
  };

  // Only where the plot was chosen: else the wheel is the page's.
  const wheel = (plot, event, host, told) => {
    const box = host.closest("[data-plot-canvas]");
    if (!event.ctrlKey && document.activeElement !== box) return;
    event.preventDefault();
    const { min, max } = plot.scales.x;
    const share = event.offsetX / plot.over.clientWidth;
    const size = (max - min) * (event.deltaY < 0 ? 0.8 : 1.25);
    const at = min + (max - min) * share;
    told.onZoom([at - size * share, at + size * (1 - share)]);
  };

  // Curves have their own x; uPlot wants one for all, and a gap only where a curve has no number.
  const table = (told) => {
    const logs = new Set(told.axes.filter((axis) => axis.log).map((axis) => axis.key));
    const tables = told.lines.map((line) => [line.xs, logs.has(line.axis) ? line.ys.map((y) => (y > 0 ? y : null)) : line.ys]);
    return tables.length > 1 ? uPlot.join(tables, tables.map(() => [1])) : tables[0];
  };

  // `told`: height, xLabel, axes, lines, limits, borders, range(), sync, onZoom(ends or null), onCursor(x or null).
  window.plots.panel = (host, told) => {
    const plot = new uPlot(options(host, told), table(told), host);
    return {
      plot,
      // Anew with the same axes and lines.
      renew: (lines) => {
        told.lines = lines;
        plot.setData(table(told), true);
      },
      resize: () => plot.setSize({ width: host.clientWidth, height: told.height }),
      ranged: () => {
        const ends = told.range();
        if (ends) plot.setScale("x", { min: ends[0], max: ends[1] });
        else plot.setData(plot.data, true);
      },
      point: (x) => plot.setCursor({ left: plot.valToPos(x, "x"), top: plot.over.clientHeight / 2 }),
      ends: () => [plot.scales.x.min, plot.scales.x.max],
      destroy: () => plot.destroy(),
    };
  };
  window.plots.colour = colour;
})();
