// What the plot of a job shows: chosen by hand, kept in the address and told by it.
(() => {
  "use strict";
  if (!window.plots) return;
  const { ways, figure } = window.plots;
  const COLOURS = 8;
  const MOST_LAID = 9;
  const query = () => new URLSearchParams(location.search);

  window.plots.Choice = class {
    curves = [];
    logs = null; // the axes that are logarithmic; null: those whose curves want it
    over = "";
    ends = null;
    with = []; // numbers of jobs laid over
    split = null; // one plot an axis; null: where the page is narrow

    // What there is to choose from: the plot's settings, and what each curve lies over.
    offer(told, kinds) {
      this.told = told;
      this.kinds = kinds;
    }

    axisOf(name) {
      return this.told.axes[name] || { axis: name, log: false };
    }

    kindOf(name) {
      return this.kinds.get(name);
    }

    // Next to each other in a set, so that its colours differ even where the names are far apart in the list.
    slotOf(name) {
      const place = this.curves.indexOf(name);
      return ((place < 0 ? [...this.kinds.keys()].indexOf(name) : place) % COLOURS) + 1;
    }

    get kind() {
      return this.kindOf(this.curves[0]);
    }

    get axes() {
      return [...new Set(this.curves.map((name) => this.axisOf(name).axis))];
    }

    get preset() {
      return this.told.presets.find((each) => each.curves.join() === this.curves.join());
    }

    isLog(axis) {
      if (this.logs) return this.logs.includes(axis);
      return this.curves.some((name) => this.axisOf(name).axis === axis && this.axisOf(name).log);
    }

    take(preset) {
      this.curves = [...this.told.presets.find((each) => each.key === preset).curves];
      this.ends = null;
      this.logs = null;
    }

    // One axis carries one kind of x: choosing over another kind lets the former go.
    put(name, isOn) {
      const rest = this.curves.filter((each) => each !== name && (!isOn || this.kindOf(each) === this.kindOf(name)));
      if (isOn && rest.length < this.curves.length) this.ends = null;
      this.curves = isOn ? [...rest, name] : rest;
    }

    lay(numbers) {
      this.with = numbers.slice(0, MOST_LAID);
    }

    setLog(axis, isOn) {
      this.logs = this.axes.filter((each) => (each === axis ? isOn : this.isLog(each)));
    }

    // What the address says, else the first set.
    restore() {
      const asked = query();
      const { presets } = this.told;
      const named = (asked.get("curves") || "").split(",").filter((name) => this.kinds.has(name));
      const preset = presets.find((each) => each.key === asked.get("plot")) || presets[0];
      const ends = [asked.get("from"), asked.get("to")].map((each) => (each === null || each === "" ? NaN : Number(each)));
      this.curves = named.length ? named : preset ? [...preset.curves] : [...this.kinds.keys()].slice(0, 4);
      this.curves = this.curves.filter((name) => this.kindOf(name) === this.kind);
      this.logs = asked.has("log") ? asked.get("log").split(",").filter(Boolean) : null;
      this.over = asked.get("over") in ways ? asked.get("over") : "";
      this.ends = ends[1] > ends[0] ? ends : null;
      this.lay((asked.get("with") || "").split(",").filter((each) => /^\d{1,18}$/.test(each)));
      this.split = asked.has("split") ? asked.get("split") === "1" : null;
    }

    remember() {
      const asked = query();
      const put = (name, value) => (value === null || value === "" || value === undefined ? asked.delete(name) : asked.set(name, value));
      const { preset } = this;
      put("plot", preset && preset !== this.told.presets[0] ? preset.key : null);
      put("curves", preset ? null : this.curves.join(","));
      put("log", this.logs && this.logs.join(","));
      if (this.logs && !this.logs.length) asked.set("log", "");
      put("over", this.over);
      put("from", this.ends && figure(this.ends[0], 8));
      put("to", this.ends && figure(this.ends[1], 8));
      put("with", this.with.join(","));
      put("split", this.split === null ? null : Number(this.split));
      const text = asked.toString().replaceAll("%2C", ",");
      history.replaceState(history.state, "", `${location.pathname}${text ? `?${text}` : ""}${location.hash}`);
    }
  };
})();
