"use strict";
(() => {
  const read = id => JSON.parse(document.getElementById(id).textContent);
  const root = document.documentElement, button = document.getElementById("theme");
  const figures = read("_figures"), drawn = new Set();
  const css = name => getComputedStyle(root).getPropertyValue(name).trim();
  const NARROW = 560;  // pixels: a phone
  let printing = false;

  // ---- figures
  const shades = { light: [[0, "#cfdbe6"], [1, "#08478f"]], dark: [[0, "#2b3945"], [1, "#a8d8ff"]] };
  function colours(layout) {
    const change = { "font.color": css("--text") };
    for (const key of Object.keys(layout)) {
      if (/^[xy]axis\d*$/.test(key)) {
        change[key + ".gridcolor"] = css("--line");
        change[key + ".zerolinecolor"] = css("--line");
      }
    }
    (layout.annotations || []).forEach((a, k) => { if (a.name === "tick") change[`annotations[${k}].bgcolor`] = css("--ground"); });
    return change;
  }
  function paint(place, one) {
    const scale = shades[root.dataset.theme], ours = scale => JSON.stringify(scale) === JSON.stringify(shades.light);
    one.figure.data.forEach((trace, k) => {  // other scales have a meaning of their own
      if (ours(trace.colorscale)) Plotly.restyle(place, { colorscale: [scale] }, [k]);
      else if (trace.marker && ours(trace.marker.colorscale)) Plotly.restyle(place, { "marker.colorscale": [scale] }, [k]);
    });
    Plotly.relayout(place, colours(one.figure.layout));
  }
  function folded(text, most) {  // long titles of axes on a narrow page
    return text.split(" ").reduce((lines, word) => {
      const last = lines[lines.length - 1];
      if (last && (last + " " + word).length > most) lines.push(word); else lines[lines.length - 1] = last ? last + " " + word : word;
      return lines;
    }, [""]).join("<br>");
  }
  function titles(place, layout) {
    const change = {}, size = place._fullLayout._size;
    for (const key of Object.keys(layout)) {
      const axis = layout[key];
      if (!/^[xy]axis\d*$/.test(key) || !axis.title || !axis.title.text) continue;
      const share = axis.domain ? axis.domain[1] - axis.domain[0] : 1;
      change[key + ".title.text"] = folded(axis.title.text, Math.max(12, Math.floor(share * (key[0] === "x" ? size.w : size.h) / 7.5)));
    }
    return change;
  }
  function draw(one) {
    const place = document.getElementById(one.key);
    if (!place || drawn.has(one.key)) return;
    drawn.add(one.key);
    Plotly.newPlot(place, one.figure.data, one.figure.layout, { responsive: true, displaylogo: false,
      displayModeBar: false, scrollZoom: false }).then(() => { fit(one); place.dataset.drawn = "yes"; });
  }
  function fit(one) {
    const place = document.getElementById(one.key), layout = one.figure.layout, meta = layout.meta || {}, change = {};
    if (meta.columns) change["xaxis.range"] = [meta.first, meta.first + (place.clientWidth < NARROW ? Math.min(meta.few, meta.columns) : meta.columns)];
    Plotly.relayout(place, { ...change, autosize: true });
    Plotly.relayout(place, titles(place, layout));
    paint(place, one);
  }
  function theme(dark) {
    root.dataset.theme = dark ? "dark" : "light";
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-pressed", String(dark));
    for (const one of figures) if (drawn.has(one.key)) paint(document.getElementById(one.key), one);
  }
  const wish = matchMedia("(prefers-color-scheme: dark)");
  theme(wish.matches);
  wish.addEventListener("change", e => { if (!printing) theme(e.matches); });
  button.addEventListener("click", () => theme(root.dataset.theme !== "dark"));

  if (figures.length) {
    const seen = new IntersectionObserver(entries => {
      for (const e of entries) if (e.isIntersecting) draw(figures.find(f => f.key === e.target.id));
    }, { rootMargin: "800px" });
    for (const one of figures) seen.observe(document.getElementById(one.key));
    let width = innerWidth, waiting = 0;
    addEventListener("resize", () => {
      if (printing || innerWidth === width) return;
      width = innerWidth;
      clearTimeout(waiting);
      waiting = setTimeout(() => figures.forEach(one => drawn.has(one.key) && fit(one)), 150);
    });
  }

  // ---- tables: sorted by a click on a header, in blocks where they do not fit
  const boxes = [...document.querySelectorAll("main .scroll")].filter(box => box.querySelector("table"));
  const value = text => {
    const found = text.replace(/,(?=\d{3})/g, "").match(/^\s*[+\-−]?(\d+\.?\d*|\.\d+)(e[+\-]?\d+)?/i);
    return found ? Number(found[0].replace("−", "-")) : null;
  };
  const missing = text => /^(-|–|)$/.test(text);
  function compare(a, b) {
    const x = value(a), y = value(b);
    return x !== null && y !== null ? x - y : a.localeCompare(b, undefined, { numeric: true });
  }
  function sortable(table) {
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0], rows = [...body.rows];
    for (const { firstChild: text } of body.querySelectorAll("td.number")) {  // on paper an interval goes below its figure
      const [, figure, spread] = (text ? text.data : "").match(/^(\S+) ([(±].*)$/) || [];
      if (!figure) continue;
      const below = document.createElement("span");
      below.className = "spread";
      below.textContent = spread;
      text.replaceWith(figure + " ", below);
    }
    heads.forEach((head, k) => {
      const name = head.textContent.trim(), numbers = head.classList.contains("number");
      for (const row of rows) row.cells[k].dataset.label = name;
      if (rows.length < 3 || !name) return;
      const press = document.createElement("button");
      press.type = "button";
      press.textContent = name;
      head.replaceChildren(press);
      press.addEventListener("click", () => {
        const order = [numbers ? "descending" : "ascending", numbers ? "ascending" : "descending", null];
        const next = order[(order.indexOf(head.getAttribute("aria-sort")) + 1) % 3];
        for (const other of heads) other.removeAttribute("aria-sort");
        if (next) head.setAttribute("aria-sort", next);
        const text = row => row.cells[k].textContent.trim(), sign = next === "descending" ? -1 : 1;
        body.append(...(next ? [...rows].sort((a, b) => missing(text(a)) - missing(text(b)) || sign * compare(text(a), text(b))) : rows));
      });
    });
  }
  function stack(box) {
    const table = box.querySelector("table");
    table.style.zoom = "";
    table.classList.remove("stacked");
    const zoom = box.clientWidth / table.scrollWidth;
    if (printing && zoom < 1 && zoom > 0.6) table.style.zoom = zoom;
    else if (zoom < 1 && (printing || innerWidth <= 700)) table.classList.add("stacked");
  }
  for (const box of boxes) {
    if (!box.closest(".explorer")) sortable(box.querySelector("table"));
    new ResizeObserver(() => stack(box)).observe(box);
  }

  // ---- paper: light, all figures drawn to its width, every table open
  let before = null;
  function paper(on) {
    if (on === printing) return;
    printing = on;
    root.classList.toggle("paper", on);  // to the width of a page
    if (on) {
      const closed = [...document.querySelectorAll("details:not([open])")];
      before = { dark: root.dataset.theme === "dark", closed };
      closed.forEach(one => { one.open = true; });
    } else before.closed.forEach(one => { one.open = false; });
    figures.forEach(draw);
    theme(!on && before.dark);
    figures.forEach(one => drawn.has(one.key) && fit(one));
    boxes.forEach(stack);
  }
  addEventListener("beforeprint", () => paper(true));
  addEventListener("afterprint", () => paper(false));

  // ---- threshold explorer
  const percent = v => (100 * v).toFixed(v < 0.01 ? 2 : 1) + " %";
  const lines = [["precision", "precision: of those called anomalous, how many are", percent],
    ["recall", "recall: of the anomalies, how many are called", percent],
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
      const figure = (part, key, form) => key === "precision" && !p[part + "_called"] ? "-" : form(p[part + "_" + key]); // no alarm, no precision
      const shown = Object.fromEntries(lines.map(([key, , form]) => [key, figure(side, key, form)]));
      said.textContent = `${view().name ? view().name + ": " : ""}Calling the top ${percent(p.share)} anomalous finds ${shown.recall} of the anomalies` +
        ` with ${shown.false_alarms} false alarms in 1,000 normal rows (${side}).`;
      if (view().command) box.querySelector("pre code").textContent = `${view().command} ${Number((100 * p.share).toPrecision(4))}%`;
      body.replaceChildren(...lines.map(([key, name, form]) => {
        const row = document.createElement("tr");
        const cells = [name, known ? figure("validation", key, form) : "-", figure("test", key, form)];
        cells.forEach((text, k) => {
          const c = document.createElement(k ? "td" : "th");
          c.textContent = text;
          if (k) { c.className = "number"; c.dataset.label = ["validation", "test"][k - 1]; } else c.scope = "row";
          row.append(c);
        });
        return row;
      }));
    }
    function home() {
      const v = view(), gaps = v.points.map(p => Math.abs(p.share - v.own));
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
