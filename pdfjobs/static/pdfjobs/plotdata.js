// The points of plots: asked for as far as they are needed, laid over another x, told for a place.
window.plots = (() => {
  "use strict";
  const versions = new Map();
  const KEPT = 40;

  // The answer, or null when nothing has changed since the same was asked; an answer that is none throws its status.
  const ask = async (address, wanted, known = true) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(wanted)) {
      if (value !== null && value !== undefined) query.set(name, Array.isArray(value) ? value.join(",") : value);
    }
    const url = `${address}?${query}`;
    const version = known ? versions.get(url) : null;
    const answer = await fetch(url, { headers: version ? { "If-None-Match": version } : {}, cache: "no-store" });
    if (answer.status === 304) return null;
    if (!answer.ok || answer.redirected) throw answer.status;
    const found = await answer.json();
    versions.delete(url);
    versions.set(url, answer.headers.get("ETag"));
    if (versions.size > KEPT) versions.delete(versions.keys().next().value);
    return found;
  };

  // Index of the last x that is not above.
  const place = (xs, x) => {
    let low = 0;
    let high = xs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (xs[middle] <= x) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };

  const between = (xs, ys, x) => {
    if (!xs.length) return null;
    const i = place(xs, x);
    if (i < 0) return ys[0];
    if (i >= xs.length - 1 || xs[i + 1] === xs[i]) return ys[i];
    return ys[i] + ((ys[i + 1] - ys[i]) * (x - xs[i])) / (xs[i + 1] - xs[i]);
  };

  // From the logged x to the one that is shown and back; `end` is the end time, `clock` the series of the run's clock.
  const ways = {
    "": () => ({ to: (x) => x, back: (x) => x }),
    percent: ({ end }) => (end > 0 ? { to: (x) => (x / end) * 100, back: (x) => (x * end) / 100 } : null),
    clock: ({ clock }) => {
      if (!clock || clock.xs.length < 2) return null;
      const kept = clock.xs.map((_, i) => i).filter((i) => clock.xs[i] !== null && clock.ys[i] !== null);
      const xs = kept.map((i) => clock.xs[i]);
      const hours = kept.map((i) => clock.ys[i] / 3600);
      return { to: (x) => between(xs, hours, x), back: (x) => between(hours, xs, x) };
    },
  };

  // In ascending order and with a number for each x, as a plot needs them.
  const ordered = (xs, ys) => {
    const isFit = xs.every((x, i) => x !== null && (i === 0 || xs[i - 1] <= x));
    if (isFit) return [xs, ys];
    const places = xs.map((_, i) => i).filter((i) => xs[i] !== null).sort((a, b) => xs[a] - xs[b]);
    return [places.map((i) => xs[i]), places.map((i) => ys[i])];
  };

  const over = (way, xs, ys) => {
    const [sortedXs, sortedYs] = ordered(xs.map((x) => (x === null ? null : way.to(x))), ys);
    return { xs: sortedXs, ys: sortedYs };
  };

  // What a curve has at a place: the nearest point's value.
  const at = ({ xs, ys }, x) => {
    const i = place(xs, x);
    const nearest = i + 1 < xs.length && (i < 0 || xs[i + 1] - x < x - xs[i]) ? i + 1 : i;
    return nearest < 0 ? null : ys[nearest];
  };

  // So many digits; powers of ten where a number would be long.
  const figure = (value, digits = 5) => {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size && (size >= 1e6 || size < 1e-4)) return Number(value.toPrecision(digits)).toExponential().replace("e+", "e");
    return Number(value.toPrecision(digits)).toString();
  };

  const decimals = (step) => {
    let digits = 0;
    while (digits < 15 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits += 1;
    return digits;
  };

  // What stands at an axis, `step` apart: all with the same power of ten, and as many digits as tell one from the next.
  const labels = (ticks, step) => {
    const largest = Math.max(...ticks.map((tick) => Math.abs(tick ?? 0)));
    const isLong = largest >= 1e6 || (largest > 0 && largest < 1e-3);
    const power = isLong ? Math.floor(Math.log10(largest) + 1e-9) : 0;
    const digits = decimals(step / 10 ** power);
    return ticks.map((tick) => {
      if (tick === null || tick === undefined) return "";
      return tick === 0 ? "0" : `${(tick / 10 ** power).toFixed(digits)}${power ? `e${power}` : ""}`;
    });
  };

  return { ask, ways, over, at, place, figure, labels };
})();
