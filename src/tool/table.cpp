// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "table.hpp"

#include "class_rows.hpp"
#include "conventions.hpp"
#include "printable.hpp"

#include <bitwhere/bitwhere.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
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

/// `name`, filled up to a width in columns.
std::string padded(std::string_view name, std::size_t width) {
  return fmt::format("{}{:{}}", name, "", width - display_width(name));
}

std::string class_lines(const std::vector<class_row>& rows, bool named) {
  std::size_t width = named ? 5 : 0;
  for (const class_row& row : rows) width = std::max(width, display_width(row.name));
  const auto head = [&](std::string_view id, std::string_view name, std::string_view pixels) {
    const std::string names = named ? "  " + padded(name, width) : "";
    return fmt::format("{:>5}{}  {:>15}", id, names, pixels);
  };
  std::string out = head("id", "class", "target pixels");
  for (const char* title : {"accuracy", "precision", "IoU", "Dice"}) {
    out += fmt::format("  {:>11}", title);
  }
  out += '\n';
  for (const class_row& row : rows) {
    out += head(std::to_string(row.id), row.name,
                row.ignored ? "ignored" : std::to_string(row.pixels));
    for (const double ratio : {row.accuracy, row.precision, row.iou, row.dice}) {
      out += fmt::format("  {:>11}", ratio_text(ratio));
    }
    out += '\n';
  }
  return out;
}

std::string image_lines(const std::vector<image_result>& images) {
  std::size_t width = 5;
  bool some_bad = false;
  bool some_loss = false;
  bool some_weighted = false;
  for (const image_result& image : images) {
    width = std::max(width, display_width(printable(image.name)));
    some_bad = some_bad || image.bad_labels != 0;
    some_loss = some_loss || image.loss.has_value();
    some_weighted = some_weighted || image.weighted_loss.has_value();
  }
  // A column of zeros would only make lines longer.
  const auto bad = [&](const std::string& text) {
    return some_bad ? fmt::format("  {:>15}", text) : "";
  };
  const auto loss = [](bool there, const std::string& text) {
    return there ? fmt::format("  {:>13}", text) : "";
  };
  const auto mean = [](const std::optional<loss_numbers>& numbers) {
    return numbers ? loss_text(numbers->mean) : "-";
  };
  std::string out =
      fmt::format("\n{}  {:>15}{}  {:>11}  {:>11}  {:>11}{}{}\n", padded("image", width),
                  "valid pixels", bad("bad labels"), "accuracy", "mIoU", "mean Dice",
                  loss(some_loss, "loss"), loss(some_weighted, "weighted loss"));
  for (const image_result& image : images) {
    out += fmt::format(
        "{}  {:>15}{}  {:>11}  {:>11}  {:>11}{}{}\n", padded(printable(image.name), width),
        image.valid, bad(std::to_string(image.bad_labels)), ratio_text(image.accuracy),
        ratio_text(image.mean_iou), ratio_text(image.mean_dice), loss(some_loss, mean(image.loss)),
        loss(some_weighted, mean(image.weighted_loss)));
  }
  return out;
}

std::string total_lines(const evaluation& result, std::size_t classes) {
  const scores& totals = result.totals;
  std::string out = "\n";
  const auto line = [&](std::string_view name, const std::string& value, std::string note = {}) {
    out += fmt::format("{:<24}{:>15}{}\n", name, value, note);
  };
  line("images", std::to_string(result.images.size()));
  if (result.partial()) {
    line("partial", fmt::format("{} of {}", result.items_done, result.items_total),
         "  (interrupted)");
  }
  line("valid pixels", std::to_string(totals.valid),
       result.bad_labels == 0
           ? ""
           : fmt::format("  (and {} not counted: bad labels)", result.bad_labels));
  line("accuracy", ratio_text(totals.accuracy));
  line("mean class accuracy", ratio_text(totals.mean_class_accuracy));
  line("mean precision", ratio_text(totals.mean_precision));
  line("mIoU", ratio_text(totals.mean_iou),
       fmt::format("  ({} of {} classes occur)", totals.classes_in_mean_iou, classes));
  line("mean Dice", ratio_text(totals.mean_dice));
  line("micro IoU", ratio_text(totals.micro_iou));
  line("micro Dice", ratio_text(totals.micro_dice));
  line("frequency weighted IoU", ratio_text(totals.frequency_weighted_iou));
  const auto loss = [&](std::string_view name, const std::optional<loss_numbers>& numbers) {
    if (!numbers) return;
    line(name, loss_text(numbers->mean), fmt::format("  (sum {:.9g})", numbers->sum));
  };
  loss("loss", result.loss);
  loss("weighted loss", result.weighted_loss);
  line("convention", name_of(result.whose));
  if (!result.problems.empty()) line("problems", std::to_string(result.problems.size()));
  return out;
}

}  // namespace

std::string table_text(const evaluation& result, const class_list& classes, bool per_image) {
  std::vector<class_row> rows = selected_rows(result, classes);
  for (class_row& row : rows) row.name = printable(row.name);
  std::string out = class_lines(rows, !classes.names.empty());
  if (per_image) out += image_lines(result.images);
  out += total_lines(result, rows.size());
  return out + fmt::format("\ndevice {}{}, {} thread{}, bits version {}\n", result.device,
                           result.isa.empty() ? "" : ", isa " + result.isa, result.threads,
                           result.threads == 1 ? "" : "s", bw_bits_version());
}

}  // namespace bitwhere::tool
