// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "html_text.hpp"
#include "report_sections.hpp"

#include <fmt/format.h>

#include <cmath>

namespace bitwhere::tool {

namespace {

std::string bar(double iou) {
  if (std::isnan(iou)) return "<td class=\"bar\"></td>";
  return fmt::format("<td class=\"bar\"><i style=\"width:{:.2f}%\"></i></td>", 100 * iou);
}

std::string note_of(const class_row& row) {
  if (row.ignored) return " <small>ignored</small>";
  if (!row.selected) return " <small>not selected</small>";
  if (row.pixels == 0) return " <small>not in the targets</small>";
  return "";
}

std::string heading(const char* name, const char* kind, const char* explanation) {
  return fmt::format(
      "<th scope=\"col\" class=\"{}\"><button type=\"button\" title=\"{}\">{}</button></th>", kind,
      explanation, name);
}

}  // namespace

std::string html_name(const class_row& row) {
  return row.name.empty() ? fmt::format("class {}", row.id) : escaped(row.name);
}

std::string swatch(const palette& colors, std::int64_t label) {
  if (label >= static_cast<std::int64_t>(colors.size())) return "";
  const color& c = colors[static_cast<std::size_t>(label)];
  return fmt::format("<i class=\"swatch\" style=\"background:#{:02x}{:02x}{:02x}\"></i>", c.red,
                     c.green, c.blue);
}

std::string classes_section(const evaluation& result, const std::vector<class_row>& rows,
                            const palette& colors) {
  const double mean = result.totals.mean_iou;
  std::string out = fmt::format(
      "<section id=\"classes\"><h2>Classes</h2>\n<p class=\"note\">Bars show IoU{}. "
      "<span class=\"act\">A click on a heading sorts.</span></p>\n"
      "<div class=\"scroll\"><table class=\"classes sortable{}\"{}>\n<thead><tr>{}{}"
      "<th scope=\"col\" class=\"bar\" aria-hidden=\"true\"><div><span>0</span><span>50</span>"
      "<span>100&nbsp;%</span></div></th>{}{}{}{}{}</tr></thead>\n<tbody>\n",
      std::isnan(mean) ? "" : "; the dashed line is the mean", rows.size() > 40 ? " dense" : "",
      std::isnan(mean) ? "" : fmt::format(" style=\"--mean:{:.4f}\"", mean),
      heading("#", "id", "label"), heading("Class", "name", "name"),
      heading("IoU", "number", "intersection over union"),
      heading("Dice", "number wide", "F1: 2 hits / (target + predicted)"),
      heading("Recall", "number wide", "accuracy of the class: hits / target"),
      heading("Precision", "number wide", "hits / predicted"),
      heading("Pixels", "number wide", "in the targets"));
  for (const class_row& row : rows) {
    out += fmt::format(
        "<tr{}><td class=\"id\"><data value=\"{}\">{}</data></td>"
        "<th scope=\"row\" class=\"name\">{}{}{}</th>{}<td class=\"number iou\">{}</td>"
        "<td class=\"number wide\">{}</td><td class=\"number wide\">{}</td>"
        "<td class=\"number wide\">{}</td><td class=\"number wide\">{}</td></tr>\n",
        row.ignored || !row.selected ? " class=\"out\"" : "", row.id, row.id,
        swatch(colors, row.id), html_name(row), note_of(row), bar(row.iou), ratio_element(row.iou),
        ratio_element(row.dice), ratio_element(row.accuracy), ratio_element(row.precision),
        count_element(row.pixels));
  }
  return out + "</tbody></table></div></section>\n";
}

}  // namespace bitwhere::tool
