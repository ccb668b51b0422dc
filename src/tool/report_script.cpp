// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "report_sections.hpp"

namespace bitwhere::tool {

// The page is whole without it; it sorts the classes and reads out the cells of a drawn matrix.
const char* const report_script = R"js(
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column], data = cell.querySelector("data");
    if (!data) return cell.textContent.trim().toLowerCase();
    return data.value === "" ? NaN : Number(data.value);
  };
  const compare = (a, b) => typeof a === "string" ? a.localeCompare(b) : a - b;
  headings.forEach((heading, column) => heading.querySelector("button")?.addEventListener("click",
    () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach(other => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows].map(row => ({row, key: key(row, column)}));
      // What has no number stays at the end.
      rows.sort((a, b) => Number.isNaN(a.key) - Number.isNaN(b.key) ||
        (down ? compare(b.key, a.key) : compare(a.key, b.key)));
      table.tBodies[0].append(...rows.map(entry => entry.row));
    }));
}
const matrix = document.getElementById("matrix");
if (matrix) {
  const report = JSON.parse(document.getElementById("bitwhere-data").textContent);
  const counts = report.confusion, classes = report.classes, n = counts.length;
  const name = i => classes[i].name ?? "class " + i;
  const readout = document.getElementById("readout");
  const mark = (id, values) => {
    for (const [key, value] of Object.entries(values)) {
      document.getElementById(id).setAttribute(key, value);
    }
  };
  let at = [0, 0];
  const show = (row, column) => {
    if (row < 0 || column < 0 || row >= n || column >= n) return;
    at = [row, column];
    const count = counts[row][column], total = classes[row].pixels;
    const share = total > 0 ? (100 * count / total).toFixed(2) + " % of the target" : "no target";
    readout.textContent = (row === column ? name(row) + ", found: " :
      name(row) + " taken for " + name(column) + ": ") +
      count.toLocaleString("en") + " pixels, " + share;
    mark("row-mark", {x: 0, y: row, width: n});
    mark("column-mark", {x: column, y: 0, height: n});
  };
  matrix.addEventListener("pointermove", event => {
    const point = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(matrix.getScreenCTM().inverse());
    show(Math.floor(point.y), Math.floor(point.x));
  });
  const steps = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};
  matrix.addEventListener("keydown", event => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    show(at[0] + step[0], at[1] + step[1]);
  });
}
)js";

}  // namespace bitwhere::tool
