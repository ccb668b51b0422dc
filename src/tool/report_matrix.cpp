// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "html_text.hpp"
#include "report_sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace bitwhere::tool {

namespace {

/// More classes than this do not fit as cells with numbers; more than the next as a picture.
constexpr std::int64_t most_in_table = 24;
constexpr std::int64_t most_in_picture = 200;

constexpr const char* legend =
    "<p class=\"legend\"><span>right</span><i class=\"ramp hit\"></i>"
    "<span>wrong</span><i class=\"ramp miss\"></i>"
    "<span>0 to 100&nbsp;% of the target's pixels</span></p>\n";

std::int64_t count_at(const evaluation& result, std::int64_t target, std::int64_t prediction) {
  return result.counts[static_cast<std::size_t>(target * result.classes + prediction)];
}

double share_of(std::int64_t count, const class_row& target) {
  return target.pixels == 0 ? 0 : static_cast<double>(count) / static_cast<double>(target.pixels);
}

/// How strong a cell is painted. Not the share itself: few percent must be seen, too.
double strength(double share) { return std::sqrt(share); }

std::string cell(std::int64_t count, const class_row& target, const class_row& prediction) {
  if (count == 0) return "<td></td>";
  const double share = share_of(count, target);
  const double paint = strength(share);
  const bool is_hit = target.id == prediction.id;
  // Where numbers change their colour to stay readable: on light pages late, on dark ones early.
  return fmt::format(
      "<td class=\"{}{}\" style=\"--p:{:.2f}\" title=\"{} taken for {}: {} pixels, {} of the "
      "target\">{}</td>",
      is_hit ? "hit" : "miss",
      paint > (is_hit ? 0.8 : 0.93) ? " strong"
      : paint > 0.6                 ? " mid"
                                    : "",
      paint, html_name(target), html_name(prediction), grouped(count),
      fmt::format("{:.2f}&nbsp;%", 100 * share),
      share < 0.005 ? "&lt;1" : fmt::format("{:.0f}", 100 * share));
}

std::string table_of(const evaluation& result, const std::vector<class_row>& rows) {
  std::string out =
      "<div class=\"scroll\"><table class=\"matrix\">\n<caption>Rows: targets. Columns: what was "
      "predicted. Cells: percent of the target's pixels.</caption>\n<thead><tr><td></td>";
  for (const class_row& row : rows) {
    out += fmt::format("<th scope=\"col\"><span>{}</span></th>", html_name(row));
  }
  out += "<th scope=\"col\" class=\"number\">Pixels</th></tr></thead>\n<tbody>\n";
  for (const class_row& target : rows) {
    out += fmt::format("<tr><th scope=\"row\">{}</th>", html_name(target));
    for (const class_row& prediction : rows) {
      out += cell(count_at(result, target.id, prediction.id), target, prediction);
    }
    out += fmt::format("<td class=\"number\">{}</td></tr>\n", count_element(target.pixels));
  }
  return out + "</tbody></table></div>\n";
}

constexpr int steps = 16;

/// Cells of one strength are one path: a picture of thousands of cells stays small.
struct cell_paths {
  std::array<std::string, steps + 1> hit;
  std::array<std::string, steps + 1> miss;
};

cell_paths paths_of(const evaluation& result, const std::vector<class_row>& rows) {
  cell_paths out;
  for (const class_row& target : rows) {
    for (const class_row& prediction : rows) {
      const std::int64_t count = count_at(result, target.id, prediction.id);
      if (count == 0) continue;
      const double paint = strength(share_of(count, target));
      const auto step = static_cast<std::size_t>(
          std::clamp(std::ceil(paint * steps), 1.0, static_cast<double>(steps)));
      auto& of_kind = target.id == prediction.id ? out.hit : out.miss;
      of_kind[step] += fmt::format("M{} {}h1v1h-1z", prediction.id, target.id);
    }
  }
  return out;
}

std::string svg_paths(const std::array<std::string, steps + 1>& paths, const char* kind) {
  std::string out;
  for (std::size_t step = 1; step <= steps; ++step) {
    if (paths[step].empty()) continue;
    out += fmt::format("<path class=\"{}\" fill-opacity=\"{:.3f}\" d=\"{}\"/>\n", kind,
                       static_cast<double>(step) / steps, paths[step]);
  }
  return out;
}

/// In units of a cell; names are that high, and stand left and above.
std::string picture_of(const evaluation& result, const std::vector<class_row>& rows) {
  std::size_t longest = 0;
  for (const class_row& row : rows) {
    longest = std::max(longest, std::min<std::size_t>(html_name(row).size(), 24));
  }
  const double margin = 1 + 0.52 * static_cast<double>(longest);
  const double side = margin + static_cast<double>(rows.size()) + 0.2;
  std::string out = fmt::format(
      "<p class=\"readout\" id=\"readout\" role=\"status\">Point at a cell, or move with the arrow "
      "keys.</p>\n<div class=\"scroll tall\"><svg id=\"matrix\" class=\"matrix\" tabindex=\"0\" "
      "role=\"img\" aria-label=\"Confusion matrix of {0} classes, rows are targets, columns "
      "predictions; the table below lists the largest confusions\" viewBox=\"{1:.2f} {1:.2f} "
      "{2:.2f} {2:.2f}\" style=\"--cells:{3:.1f}\">\n",
      rows.size(), -margin, side, side);
  out += fmt::format("<rect class=\"ground\" width=\"{0}\" height=\"{0}\"/>\n", rows.size());
  const cell_paths paths = paths_of(result, rows);
  out += svg_paths(paths.hit, "hit") + svg_paths(paths.miss, "miss");
  out += "<g class=\"names\">\n";
  for (const class_row& row : rows) {
    const double middle = static_cast<double>(row.id) + 0.5;
    out += fmt::format(
        "<text x=\"-0.4\" y=\"{0}\" text-anchor=\"end\">{1}</text>"
        "<text transform=\"translate({0} -0.4) rotate(-90)\">{1}</text>\n",
        middle, html_name(row));
  }
  return out +
         "</g>\n<rect id=\"row-mark\" class=\"mark\" height=\"1\" width=\"0\"/>"
         "<rect id=\"column-mark\" class=\"mark\" width=\"1\" height=\"0\"/>\n</svg></div>\n"
         "<p class=\"note\">Rows: targets. Columns: what was predicted.</p>\n";
}

}  // namespace

std::string matrix_section(const evaluation& result, const std::vector<class_row>& rows) {
  const std::string head = "<section id=\"confusion\"><h2>Confusion matrix</h2>\n";
  if (result.classes > most_in_picture) {
    return head + fmt::format(
                      "<p class=\"note\">{} classes are too many to draw; the largest confusions "
                      "are listed below.</p></section>\n",
                      grouped(result.classes));
  }
  return head + legend +
         (result.classes <= most_in_table ? table_of(result, rows) : picture_of(result, rows)) +
         "</section>\n";
}

std::string pairs_section(const evaluation& result, const std::vector<class_row>& rows) {
  struct pair {
    std::int64_t count;
    std::int64_t target;
    std::int64_t prediction;
  };
  std::vector<pair> pairs;
  std::int64_t wrong = 0;
  for (std::int64_t t = 0; t < result.classes; ++t) {
    for (std::int64_t p = 0; p < result.classes; ++p) {
      const std::int64_t count = count_at(result, t, p);
      if (t == p || count == 0) continue;
      wrong += count;
      pairs.push_back({count, t, p});
    }
  }
  if (pairs.empty()) return "";
  const std::size_t most = result.classes > most_in_picture ? 50 : 15;
  const auto end = pairs.begin() + static_cast<std::ptrdiff_t>(std::min(most, pairs.size()));
  std::partial_sort(pairs.begin(), end, pairs.end(), [](const pair& a, const pair& b) {
    return std::tie(b.count, a.target, a.prediction) < std::tie(a.count, b.target, b.prediction);
  });
  std::string out =
      "<section id=\"pairs\"><h2>Confused most</h2>\n<div class=\"scroll\"><table "
      "class=\"pairs\">\n<thead><tr><th scope=\"col\">Target</th><th scope=\"col\">Predicted as"
      "</th><th scope=\"col\" class=\"number\">Pixels</th><th scope=\"col\" class=\"number\">Of "
      "the "
      "target</th><th scope=\"col\" class=\"number\">Of all errors</th><th scope=\"col\" "
      "class=\"bar\"></th></tr></thead>\n<tbody>\n";
  for (auto one = pairs.begin(); one != end; ++one) {
    const class_row& target = rows[static_cast<std::size_t>(one->target)];
    const double of_errors = static_cast<double>(one->count) / static_cast<double>(wrong);
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td class=\"number\">{}</td><td class=\"bar\"><i class=\"miss\" style=\"width:{:.2f}%\">"
        "</i></td></tr>\n",
        html_name(target), html_name(rows[static_cast<std::size_t>(one->prediction)]),
        count_element(one->count), percent(share_of(one->count, target)), percent(of_errors),
        100.0 * static_cast<double>(one->count) / static_cast<double>(pairs.front().count));
  }
  return out + "</tbody></table></div></section>\n";
}

}  // namespace bitwhere::tool
