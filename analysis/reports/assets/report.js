"use strict";
(() => {
  const read = id => JSON.parse(document.getElementById(id).textContent);
  const root = document.documentElement, button = document.getElementById("theme");
  const figures = read("_figures"), drawn = new Set();
  const css = name => getComputedStyle(root).getPropertyValue(name).trim();

  function colours(layout) {
    const change = { "font.color": css("--text") };
    for (const key of Object.keys(layout)) {
      if (/^[xy]axis\d*$/.test(key)) {
        change[key + ".gridcolor"] = css("--line");
        change[key + ".zerolinecolor"] = css("--line");
      }
    }
    return change;
  }
  function draw(one) {
    const place = document.getElementById(one.key);
    if (!place || drawn.has(one.key)) return;
    drawn.add(one.key);
    Plotly.newPlot(place, one.figure.data, one.figure.layout, { responsive: true, displaylogo: false,
      displayModeBar: false, scrollZoom: false }).then(() => { Plotly.relayout(place, colours(one.figure.layout)); place.dataset.drawn = "yes"; });
  }
  function theme(dark) {
    root.dataset.theme = dark ? "dark" : "light";
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-pressed", String(dark));
    for (const one of figures) if (drawn.has(one.key)) Plotly.relayout(one.key, colours(one.figure.layout));
  }
  const wish = matchMedia("(prefers-color-scheme: dark)");
  theme(wish.matches);
  wish.addEventListener("change", e => theme(e.matches));
  button.addEventListener("click", () => theme(root.dataset.theme !== "dark"));

  if (figures.length) {
    const seen = new IntersectionObserver(entries => {
      for (const e of entries) if (e.isIntersecting) draw(figures.find(f => f.key === e.target.id));
    }, { rootMargin: "800px" });
    for (const one of figures) seen.observe(document.getElementById(one.key));
    addEventListener("beforeprint", () => figures.forEach(draw));
  }

  const percent = v => (100 * v).toFixed(v < 0.01 ? 2 : 1) + " %";
  const lines = [["precision", "precision: of those called anomalous, how many are", v => v.toFixed(3)],
    ["recall", "recall: of the anomalies, how many are called", v => v.toFixed(3)],
    ["f1", "F1", v => v.toFixed(3)],
    ["false_alarms", "false alarms in 1,000 normal rows", v => v.toFixed(1)],
    ["called", "rows called anomalous", percent]];
  for (const [id, views] of Object.entries(read("_explorers"))) {
    const box = document.querySelector(`[data-explorer="${id}"]`);
    const range = box.querySelector("input"), select = box.querySelector("select");
    const said = box.querySelector(".said"), body = box.querySelector("tbody");
    const view = () => views[select ? Number(select.value) : 0];
    function show() {
      const p = view().points[Number(range.value)];
      range.setAttribute("aria-valuetext", percent(p.share) + " of rows");
      const known = "validation_precision" in p, side = known ? "validation" : "test";
      said.textContent = `Calling the top ${percent(p.share)} anomalous finds ${percent(p[side + "_recall"])} of the anomalies` +
        ` with ${p[side + "_false_alarms"].toFixed(1)} false alarms in 1,000 normal rows (${side}).`;
      body.replaceChildren(...lines.map(([key, name, form]) => {
        const row = document.createElement("tr");
        const cells = [name, known ? form(p["validation_" + key]) : "-", form(p["test_" + key])];
        cells.forEach((text, k) => { const c = document.createElement(k ? "td" : "th"); c.textContent = text; if (!k) c.scope = "row"; row.append(c); });
        return row;
      }));
    }
    function home() {
      const v = view(), gaps = v.points.map(p => Math.abs(Math.log(p.share / Math.max(v.own, 1e-4))));
      range.max = v.points.length - 1;
      range.value = gaps.indexOf(Math.min(...gaps));
      show();
    }
    range.addEventListener("input", show);
    box.querySelector("button").addEventListener("click", home);
    if (select) select.addEventListener("change", home);
    home();
  }
})();
