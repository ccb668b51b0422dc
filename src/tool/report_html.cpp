// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "report_html.hpp"

#include "html_text.hpp"
#include "report_sections.hpp"
#include "version.hpp"

#include <bitwhere/bitwhere.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bitwhere::tool {

namespace {

constexpr const char* head =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    // Nothing is fetched, whatever a file is called.
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n";

std::string fact(const char* name, const std::string& value) {
  return value.empty() ? "" : fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

std::string tile(const char* name, const std::string& value, const char* kind = "") {
  return fmt::format("<div class=\"tile {}\"><dt>{}</dt><dd>{}</dd></div>\n", kind, name, value);
}

std::string totals_of(const evaluation& result) {
  const scores& t = result.totals;
  return "<dl class=\"tiles\" id=\"totals\">\n" +
         tile("Mean IoU", ratio_element(t.mean_iou), "hero") +
         tile("Accuracy", ratio_element(t.accuracy)) +
         tile("Mean class accuracy", ratio_element(t.mean_class_accuracy)) +
         tile("Mean Dice", ratio_element(t.mean_dice)) +
         tile("Frequency-weighted IoU", ratio_element(t.frequency_weighted_iou)) +
         (result.loss ? tile("Loss", loss_element(result.loss->mean)) : "") +
         (result.weighted_loss ? tile("Weighted loss", loss_element(result.weighted_loss->mean))
                               : "") +
         tile("Images", count_element(static_cast<std::int64_t>(result.images.size()))) +
         tile("Pixels", count_element(t.valid)) +
         (result.bad_labels == 0
              ? ""
              : tile("Pixels not counted: bad labels", count_element(result.bad_labels))) +
         "</dl>\n";
}

std::string classes_fact(const evaluation& result) {
  return fmt::format("{}, of which {} in the mean IoU", result.classes,
                     result.totals.classes_in_mean_iou);
}

std::string facts_of(const evaluation& result, const report_details& details) {
  const std::string device =
      result.isa.empty() ? escaped(result.device)
                         : fmt::format("{} ({})", escaped(result.device), escaped(result.isa));
  return "<dl class=\"facts\">\n" + fact("Predictions", escaped(details.prediction)) +
         fact("Targets", escaped(details.target)) + fact("Photographs", escaped(details.images)) +
         fact("Classes", classes_fact(result)) +
         fact("Ignored labels", fmt::format("{}", fmt::join(result.ignore, ", "))) +
         fact("Convention", escaped(details.convention)) + fact("Device", device) +
         fact("Evaluated", escaped(details.when)) +
         fact("Version",
              fmt::format("bitwhere {}, bits version {}", version_text(), bw_bits_version())) +
         "</dl>\n";
}

std::string warnings_of(const evaluation& result, const report_details& details) {
  std::string out;
  if (details.partial && !result.partial()) {
    out +=
        "<p class=\"warning\" role=\"alert\"><b>Interrupted.</b> All images are in these numbers, "
        "but not all of the worst were drawn.</p>\n";
  } else if (details.partial) {
    out += fmt::format(
        "<p class=\"warning\" role=\"alert\"><b>Partial.</b> The evaluation was stopped: {} of {} "
        "images are in these numbers.</p>\n",
        grouped(static_cast<std::int64_t>(result.items_done)),
        grouped(static_cast<std::int64_t>(result.items_total)));
  }
  if (!result.problems.empty()) {
    out += fmt::format(
        "<p class=\"warning\"><b>{} {}.</b> Some files are not in these numbers, or not in whole: "
        "<a href=\"#problems\">the list</a>.</p>\n",
        grouped(static_cast<std::int64_t>(result.problems.size())),
        result.problems.size() == 1 ? "problem" : "problems");
  }
  return out;
}

/// JSON within a script element: "<" could end it, and stands only in strings.
std::string within_script(const std::string& json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string report_html(const evaluation& result, const class_list& classes,
                        const std::vector<report_image>& worst, const report_details& details) {
  const std::vector<class_row> rows = class_rows(result, classes);
  const std::string title = escaped(details.title.empty() ? "Segmentation report" : details.title);
  std::string out = head + fmt::format("<title>{}</title>\n<style>", title);
  out += report_style;
  out += fmt::format("</style>\n</head>\n<body>\n<header><h1>{}</h1></header>\n<main>\n", title);
  out += warnings_of(result, details) + totals_of(result) + facts_of(result, details);
  out += classes_section(result, rows, details.colors);
  out += matrix_section(result, rows) + pairs_section(result, rows);
  out += images_section(result, worst, rows, details.colors) + problems_section(result);
  out += "</main>\n<script type=\"application/json\" id=\"bitwhere-data\">";
  out += within_script(details.json) + "</script>\n<script>";
  out += report_script;
  return out + "</script>\n</body>\n</html>\n";
}

}  // namespace bitwhere::tool
