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
  return out;
}

/// Follow the other fields where the predictions were scores.
constexpr const char* loss_names = ",loss,weighted_loss";

std::string loss_field(const std::optional<loss_numbers>& loss) {
  return loss && loss->mean ? fmt::format("{}", *loss->mean) : "";
}

std::string loss_fields(const std::optional<loss_numbers>& loss,
                        const std::optional<loss_numbers>& weighted) {
  return ',' + loss_field(loss) + ',' + loss_field(weighted);
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
  const auto end = [&](const std::string& fields) { return (result.loss ? fields : "") + '\n'; };
  std::string out = "row,id,class,pixels,accuracy,precision,iou,dice" + end(loss_names);
  for (const class_row& row : selected_rows(result, classes)) {
    out += fmt::format("class,{},{},{}", row.id, csv_field(row.name), row.pixels) +
           ratio_fields({row.accuracy, row.precision, row.iou, row.dice}) + end(",,");
  }
  const scores& totals = result.totals;
  out += fmt::format("macro,,,{}", totals.valid) +
         ratio_fields({totals.mean_class_accuracy, totals.mean_precision, totals.mean_iou,
                       totals.mean_dice}) +
         end(",,");
  out += fmt::format("micro,,,{}", totals.valid) +
         ratio_fields({totals.accuracy, none, totals.micro_iou, totals.micro_dice}) +
         end(loss_fields(result.loss, result.weighted_loss));
  out += fmt::format("frequency_weighted,,,{}", totals.valid) +
         ratio_fields({none, none, totals.frequency_weighted_iou, none}) + end(",,");
  if (result.partial()) {
    out += fmt::format("partial,{},of {},,,,,", result.items_done, result.items_total) + end(",,");
  }
  return out;
}

std::string csv_images_text(const evaluation& result) {
  const auto end = [&](const std::string& fields) { return (result.loss ? fields : "") + '\n'; };
  std::string out =
      "image,height,width,valid,correct,bad_labels,accuracy,mean_iou,mean_dice" + end(loss_names);
  for (const image_result& image : result.images) {
    out += fmt::format("{},{},{},{},{},{}", csv_field(image.name), image.height, image.width,
                       image.valid, image.correct, image.bad_labels) +
           ratio_fields({image.accuracy, image.mean_iou, image.mean_dice}) +
           end(loss_fields(image.loss, image.weighted_loss));
  }
  if (result.partial()) {
    out += fmt::format("partial,{},of {},,,,,,", result.items_done, result.items_total) + end(",,");
  }
  return out;
}

}  // namespace bitwhere::tool
