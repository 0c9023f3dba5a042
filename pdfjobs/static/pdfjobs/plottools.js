// The tools of a job's plot and its list of curves: they show what is chosen, and take what the hand wishes.
(() => {
  "use strict";
  if (!window.plots) return;
  const { figure } = window.plots;

  window.plots.Tools = class {
    // `on` has: changed(how), zoom(step), reset(), save().
    constructor(box, choice, words, on) {
      this.bar = box.querySelector("[data-plot-tools]");
      this.curves = [...box.querySelectorAll("input[type=checkbox][data-x]")];
      this.choice = choice;
      this.words = words;
      this.on = on;
      this.bar.hidden = false;
      this.#listen();
    }

    // Shows what is chosen.
    reflect(isSplit) {
      const { bar, choice } = this;
      const preset = choice.preset;
      for (const each of bar.querySelectorAll("[data-preset]")) each.setAttribute("aria-pressed", String(each.dataset.preset === preset?.key));
      for (const each of bar.querySelectorAll("[data-plot-base]")) each.setAttribute("aria-pressed", String(choice.with.includes(each.dataset.plotBase)));
      const text = bar.querySelector("[data-plot-with]");
      if (document.activeElement !== text) text.value = choice.with.join(", ");
      this.#reflectOver();
      bar.querySelector("[data-plot-split]").checked = isSplit;
      for (const each of this.curves) {
        each.checked = choice.curves.includes(each.value);
        each.parentElement.querySelector(".swatch").className = each.checked ? `swatch s${choice.slotOf(each.value)}` : "swatch";
      }
      this.#reflectLogs();
    }

    // Leads to the points in sight as a table.
    link(way) {
      const { curves, ends } = this.choice;
      const link = this.bar.querySelector("[data-plot-csv]");
      const asked = new URLSearchParams({ names: curves.join(",") });
      if (ends && way) {
        asked.set("from", way.back(ends[0]));
        asked.set("to", way.back(ends[1]));
      }
      link.href = `${link.href.split("?")[0]}?${asked}`;
    }

    // The last values in the list move with the run.
    tell(series) {
      for (const each of this.curves) {
        const last = series[each.value]?.ys.at(-1);
        if (last !== undefined) each.closest("tr").querySelector(".last").textContent = figure(last);
      }
    }

    #reflectOver() {
      const { choice } = this;
      const select = this.bar.querySelector("[data-plot-over]");
      select.options[1].disabled = !(choice.told.end > 0) || choice.kind !== "time";
      select.options[2].disabled = !choice.told.clock || choice.kind !== "time";
      if (select.selectedOptions[0].disabled || select.value !== choice.over) {
        choice.over = select.querySelector(`[value="${choice.over}"]`).disabled ? "" : choice.over;
        select.value = choice.over;
      }
    }

    #reflectLogs() {
      const logs = this.bar.querySelector("[data-plot-logs]");
      const { axes } = this.choice;
      if (logs.dataset.axes !== axes.join()) {
        logs.dataset.axes = axes.join();
        logs.replaceChildren(
          ...axes.map((axis) => {
            const label = document.createElement("label");
            const input = document.createElement("input");
            input.type = "checkbox";
            input.dataset.plotLog = axis;
            label.append(input, ` ${this.words.log} ${axis}`);
            return label;
          }),
        );
      }
      for (const each of logs.querySelectorAll("input")) each.checked = this.choice.isLog(each.dataset.plotLog);
    }

    #listen() {
      const { bar, choice, on } = this;
      for (const each of this.curves) {
        each.addEventListener("change", () => {
          choice.put(each.value, each.checked);
          on.changed();
        });
      }
      bar.addEventListener("click", ({ target }) => {
        const button = target.closest("button");
        if (!button) return;
        const { preset, plotBase, zoom } = button.dataset;
        if (preset) {
          choice.take(preset);
          on.changed();
        } else if (plotBase) {
          const rest = choice.with.filter((each) => each !== plotBase);
          choice.lay(rest.length < choice.with.length ? rest : [...rest, plotBase]);
          on.changed();
        } else if (zoom) on.zoom(zoom);
        else if ("plotReset" in button.dataset) on.reset();
        else if ("plotPng" in button.dataset) on.save();
      });
      bar.addEventListener("change", ({ target }) => {
        if ("plotOver" in target.dataset) {
          choice.over = target.value;
          choice.ends = null;
          on.changed();
        } else if ("plotLog" in target.dataset) {
          choice.setLog(target.dataset.plotLog, target.checked);
          on.changed({ reload: false });
        } else if ("plotSplit" in target.dataset) {
          choice.split = target.checked;
          on.changed({ reload: false });
        } else if ("plotWith" in target.dataset) {
          choice.lay(target.value.match(/\d{1,18}/g) || []);
          on.changed();
        }
      });
    }
  };
})();
