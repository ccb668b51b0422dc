// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "table.hpp"

#include "class_rows.hpp"

#include <bitwhere/bitwhere.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace bitwhere::tool {

namespace {

std::string ratio_text(double ratio) {
  return std::isnan(ratio) ? "-" : fmt::format("{:.9f}", ratio);
}

/// The columns of text that UTF-8 takes, near enough for names.
std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string class_lines(const std::vector<class_row>& rows, bool named) {
  std::size_t width = named ? 5 : 0;
  for (const class_row& row : rows) width = std::max(width, display_width(row.name));
  const auto line = [&](std::string_view id, std::string_view name, std::string_view pixels,
                        std::string_view accuracy, std::string_view iou) {
    std::string out = fmt::format("{:>5}", id);
    if (named) out += fmt::format("  {}{:{}}", name, "", width - display_width(name));
    return out + fmt::format("  {:>15}  {:>11}  {:>11}\n", pixels, accuracy, iou);
  };
  std::string out = line("id", "class", "target pixels", "accuracy", "IoU");
  for (const class_row& row : rows) {
    out += row.ignored ? line(std::to_string(row.id), row.name, "ignored", "-", "-")
                       : line(std::to_string(row.id), row.name, std::to_string(row.pixels),
                              ratio_text(row.accuracy), ratio_text(row.iou));
  }
  return out;
}

}  // namespace

std::string table_text(const evaluation& result, const class_list& classes) {
  const std::vector<class_row> rows = class_rows(result, classes);
  const scores& totals = result.totals;
  std::string out = class_lines(rows, !classes.names.empty());
  const auto line = [&](std::string_view name, const std::string& value, std::string note = {}) {
    out += fmt::format("{:<24}{:>15}{}\n", name, value, note);
  };
  out += '\n';
  line("images", std::to_string(result.images.size()));
  line("valid pixels", std::to_string(totals.valid));
  line("accuracy", ratio_text(totals.accuracy));
  line("mean class accuracy", ratio_text(totals.mean_class_accuracy));
  line("mIoU", ratio_text(totals.mean_iou),
       fmt::format("  ({} of {} classes occur)", totals.classes_in_mean_iou, rows.size()));
  line("frequency weighted IoU", ratio_text(totals.frequency_weighted_iou));
  if (!result.problems.empty()) line("problems", std::to_string(result.problems.size()));
  out += fmt::format("\ndevice {}{}, {} thread{}, bits version {}\n", result.device,
                     result.isa.empty() ? "" : ", isa " + result.isa, result.threads,
                     result.threads == 1 ? "" : "s", bw_bits_version());
  return out;
}

}  // namespace bitwhere::tool
