// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "report_sections.hpp"

namespace bitwhere::tool {

// Blue for what is right and vermilion for what is wrong: they differ for every kind of colour
// blindness, and each ramp in lightness alone.
const char* const report_style = R"css(
:root {
  --page: #fbfbfa; --card: #ffffff; --ink: #1c1e21; --soft: #5c626b; --line: #dfe1e5;
  --grid: #eceef1; --hit: 0 90 160; --miss: 200 80 0; --on: #ffffff; --warn: #fff4e0;
  --warn-line: #c77700;
}
@media (prefers-color-scheme: dark) { :root {
  --page: #141619; --card: #1b1e22; --ink: #e8eaed; --soft: #a2a9b3; --line: #33383f;
  --grid: #282c32; --hit: 96 178 245; --miss: 255 148 74; --on: #10151b; --warn: #33260f;
  --warn-line: #e09a2d;
} }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
header, main { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
main { padding-bottom: 64px; }
h1 { font-size: 28px; line-height: 1.2; letter-spacing: -.015em; margin: 40px 0 20px; }
h2 { font-size: 19px; letter-spacing: -.01em; margin: 0 0 4px; }
h3 { font-size: 15px; margin: 24px 0 0; }
section { margin-top: 44px; }
a { color: inherit; }
data, .number, .id, .matrix { font-variant-numeric: tabular-nums; }
.note, .legend, figcaption, caption, .readout { color: var(--soft); font-size: 13px; }
.note { margin: 0 0 10px; }
.warning { background: var(--warn); border-left: 4px solid var(--warn-line); margin: 0 0 12px;
  padding: 10px 14px; border-radius: 0 6px 6px 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(148px, 1fr)); gap: 1px;
  margin: 0; background: var(--line); border: 1px solid var(--line); border-radius: 10px;
  overflow: hidden; }
.tile { background: var(--card); padding: 14px 16px; display: flex; flex-direction: column;
  justify-content: space-between; }
.tile dt { color: var(--soft); font-size: 13px; }
.tile dd { margin: 2px 0 0; font-size: 21px; letter-spacing: -.01em; white-space: nowrap; }
.hero dd { font-weight: 650; color: rgb(var(--hit)); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr));
  gap: 10px 32px; margin: 22px 0 0; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
.tall { max-height: 88vh; overflow: auto; border: 1px solid var(--line); border-radius: 8px;
  background: var(--card); }
table { border-collapse: collapse; width: 100%; }
th { font-weight: 600; text-align: left; }
thead th { color: var(--soft); font-size: 13px; vertical-align: bottom; }
.number { text-align: right; white-space: nowrap; }
.classes td, .classes th, .pairs td, .pairs th { padding: 4px 10px; border-bottom: 1px solid
  var(--grid); }
.classes td:first-child, .classes th:first-child, .pairs td:first-child,
.pairs th:first-child { padding-left: 0; }
.pairs td:not(.bar), .pairs th { white-space: nowrap; }
.dense td, .dense tbody th { padding-top: 0; padding-bottom: 0; font-size: 13px; }
.dense td.bar i { height: 10px; }
.id { color: var(--soft); width: 1%; }
tbody th.name { font-weight: 400; white-space: nowrap; width: 1%; padding-right: 18px; }
small { color: var(--soft); }
.out { opacity: .55; }
.iou { font-weight: 600; }
.swatch { display: inline-block; width: 12px; height: 12px; margin-right: 8px; border-radius: 3px;
  vertical-align: -1px; box-shadow: inset 0 0 0 1px rgb(128 128 128 / .5); }
td.bar { min-width: 140px; position: relative; background-clip: content-box;
  background-image: linear-gradient(to right, var(--grid) 1px, transparent 1px);
  background-size: 25% 100%; background-origin: content-box; }
th.bar div { display: flex; justify-content: space-between; font-weight: 400;
  font-size: 12px; }
.bar { width: 60%; }
.classes .number { width: 1%; padding-left: 16px; }
td.bar i { display: block; height: 14px; background: rgb(var(--hit)); border-radius: 0 3px 3px 0; }
td.bar i.miss { background: rgb(var(--miss)); }
.classes[style] td.bar::after { content: ""; position: absolute; top: 0; bottom: -1px;
  left: calc(10px + (100% - 20px) * var(--mean)); border-left: 1px dashed var(--ink); opacity: .6; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer;
  white-space: nowrap; }
button:hover { color: var(--ink); text-decoration: underline; }
button:focus-visible, svg:focus-visible { outline: 2px solid rgb(var(--hit));
  outline-offset: 2px; }
[aria-sort=ascending] button::after { content: " \2191"; }
[aria-sort=descending] button::after { content: " \2193"; }
.legend { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; margin: 0 0 10px; }
.ramp { width: 90px; height: 12px; border-radius: 3px; margin-right: 12px; border: 1px solid
  var(--line); }
.ramp.hit { background: linear-gradient(to right, transparent, rgb(var(--hit))); }
.ramp.miss { background: linear-gradient(to right, transparent, rgb(var(--miss))); }
table.matrix { width: auto; font-size: 13px; }
table.matrix caption { caption-side: bottom; text-align: left; padding-top: 8px; }
table.matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg);
  white-space: nowrap; padding: 6px 0; }
table.matrix thead th { text-align: center; padding: 0; height: 1px; }
table.matrix thead th.number { padding-left: 14px; vertical-align: bottom; padding-bottom: 6px; }
table.matrix tbody th { font-weight: 400; text-align: right; white-space: nowrap;
  padding: 0 10px 0 0; position: sticky; left: 0; background: var(--page); z-index: 1; }
table.matrix tbody td { min-width: 44px; height: 34px; text-align: center; padding: 0 2px;
  border: 1px solid var(--grid); }
table.matrix tbody td.number { border: 0; text-align: right; padding-left: 14px;
  color: var(--soft); }
td.hit { background: rgb(var(--hit) / var(--p)); }
td.miss { background: rgb(var(--miss) / var(--p)); }
td.strong { color: var(--on); }
@media screen and (prefers-color-scheme: dark) { td.mid { color: var(--on); } }
svg.matrix { display: block; width: max(100%, calc(var(--cells) * 9px)); font-size: .8px;
  cursor: crosshair; }
svg .ground { fill: var(--grid); fill-opacity: .5; }
svg .hit { fill: rgb(var(--hit)); }
svg .miss { fill: rgb(var(--miss)); }
svg .names { fill: var(--soft); dominant-baseline: central; }
svg .mark { fill: none; stroke: var(--ink); stroke-width: .12; pointer-events: none; }
.readout { margin: 0 0 8px; min-height: 1.5em; color: var(--ink); }
.histogram { margin: 10px 0 0; max-width: 520px; }
.histogram svg { width: 100%; overflow: visible; font-size: 9px; fill: var(--soft); }
.histogram rect { fill: rgb(var(--hit)); }
.histogram path { stroke: var(--line); }
.histogram text { text-anchor: middle; }
.histogram .first { text-anchor: start; }
.histogram .last { text-anchor: end; }
.colors { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0;
  margin: 0 0 14px; font-size: 13px; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr));
  gap: 22px 18px; }
.image { margin: 0; }
.image img { display: block; width: 100%; height: auto; border-radius: 6px; }
.image figcaption { display: flex; flex-wrap: wrap; gap: 0 14px; margin-top: 6px; }
.image b { color: var(--ink); width: 100%; overflow-wrap: anywhere; }
#problems ul { padding-left: 18px; }
#problems li { overflow-wrap: anywhere; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 13px; }
@media (max-width: 720px) {
  header, main { padding: 0 16px; }
  h1 { font-size: 24px; margin-top: 24px; }
  .wide { display: none; }
  .classes td, .classes th, .pairs td, .pairs th { padding: 4px 6px; }
  .classes[style] td.bar::after { left: calc(6px + (100% - 12px) * var(--mean)); }
  td.bar { min-width: 90px; }
  small { display: block; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .hero { grid-column: 1 / -1; }
  .pairs .bar { display: none; }
}
@media print {
  :root { --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --grid: #eee;
    --hit: 0 90 160; --miss: 200 80 0; --on: #fff; --warn: #fff; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header, main { max-width: none; padding: 0; }
  .scroll, .tall { overflow: visible; max-height: none; }
  svg.matrix { width: 100%; }
  .act, .readout { display: none; }
  tr, .image, .tile, figure { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
)css";

}  // namespace bitwhere::tool
