// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "report_csv.hpp"

#include "class_rows.hpp"

#include <fmt/format.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>

namespace bitwhere::tool {

namespace {

/// All digits that it takes to read the same number again.
std::string ratio_field(double ratio) { return std::isnan(ratio) ? "" : fmt::format("{}", ratio); }

std::string ratio_fields(std::initializer_list<double> ratios) {
  std::string out;
  for (const double ratio : ratios) out += ',' + ratio_field(ratio);
  return out + '\n';
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

std::string csv_text(const evaluation& result, const class_list& classes) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  std::string out = "row,id,class,pixels,accuracy,precision,iou,dice\n";
  for (const class_row& row : selected_rows(result, classes)) {
    out += fmt::format("class,{},{},{}", row.id, csv_field(row.name), row.pixels) +
           ratio_fields({row.accuracy, row.precision, row.iou, row.dice});
  }
  const scores& totals = result.totals;
  out += fmt::format("macro,,,{}", totals.valid) +
         ratio_fields({totals.mean_class_accuracy, totals.mean_precision, totals.mean_iou,
                       totals.mean_dice});
  out += fmt::format("micro,,,{}", totals.valid) +
         ratio_fields({totals.accuracy, none, totals.micro_iou, totals.micro_dice});
  out += fmt::format("frequency_weighted,,,{}", totals.valid) +
         ratio_fields({none, none, totals.frequency_weighted_iou, none});
  if (result.partial()) {
    out += fmt::format("partial,{},of {},", result.items_done, result.items_total) +
           ratio_fields({none, none, none, none});
  }
  return out;
}

std::string csv_images_text(const evaluation& result) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  const auto mean = [](const std::optional<loss_numbers>& loss) {
    return loss ? loss->mean : none;
  };
  std::string out = "image,height,width,valid,correct,bad_labels,accuracy,mean_iou,mean_dice";
  out += result.loss ? ",loss,weighted_loss\n" : "\n";
  for (const image_result& image : result.images) {
    out += fmt::format("{},{},{},{},{},{}", csv_field(image.name), image.height, image.width,
                       image.valid, image.correct, image.bad_labels);
    out += result.loss ? ratio_fields({image.accuracy, image.mean_iou, image.mean_dice,
                                       mean(image.loss), mean(image.weighted_loss)})
                       : ratio_fields({image.accuracy, image.mean_iou, image.mean_dice});
  }
  if (result.partial()) {
    out += fmt::format("partial,{},of {},,,,,,{}\n", result.items_done, result.items_total,
                       result.loss ? ",," : "");
  }
  return out;
}

}  // namespace bitwhere::tool
