// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "eval_cli.hpp"

#include "conventions.hpp"
#include "exit_code_text.hpp"
#include "failure.hpp"
#include "palette_choice.hpp"

#include <bitwhere/palettes.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <limits>

namespace bitwhere::tool {

namespace {

constexpr const char* footer =
    "Label maps hold one class id a pixel: PNG (grey of 1 to 16 bits, or palette, whose indices\n"
    "are the labels) or .npy (integers, shape (H, W) or (1, H, W)). In folders, files pair by\n"
    "name without extension. A file of class names has one a line, the first for label 0; blank\n"
    "lines and lines that begin with # are skipped.\n\n"
    "Logits are .npy (little-endian f16, f32 or f64, shape (C, H, W) or (1, C, H, W)); the\n"
    "largest score is the prediction. X.npy pairs with X_target.npy or X_target.png beside it,\n"
    "else with X of --target, which may then be left out. The loss is the cross-entropy over\n"
    "the pixels that count, and with class weights a second one, divided by the sum of the\n"
    "weights, as torch's mean. In JSON a loss that is no number is \"NaN\", \"Infinity\" or\n"
    "\"-Infinity\", and null where nothing counts.\n\n"
    "Conventions say what of classes that are absent or ignored: as torchmetrics,\n"
    "mmsegmentation or cityscapesScripts do, or bitwhere's own. With --select, only these\n"
    "classes are listed and in means and totals. CSV has the fields\n"
    "row,id,class,pixels,accuracy,precision,iou,dice: rows \"class\", then \"macro\", \"micro\"\n"
    "and \"frequency_weighted\"; ratios that do not exist are empty. With --per-image it has a\n"
    "line an image instead. Of logits, loss and weighted_loss follow, in the row \"micro\" or\n"
    "the image's. A row \"partial\" ends what was interrupted.\n\n"
    "Ctrl-C ends after the images being worked on, and reports what is done; another one ends at\n"
    "once.\n\n"
    "Examples:\n"
    "  bitwhere eval --prediction out/ --target val/ --classes 21 --ignore 255\n"
    "  bitwhere eval --prediction out/ --target val/ --classes names.txt --json report.json\n"
    "  bitwhere eval --logits scores/ --classes 11 --ignore 11 --format csv\n"
    "  bitwhere eval --logits scores/ --classes 3 --class-weights 1,5,5\n"
    "  bitwhere eval --logits scores/ --classes 11 --foreground 2,6,8 --foreground-weight 5\n"
    "  bitwhere eval --prediction out/ --target val/ --classes 21 --images photos/ --report html/\n"
    "  bitwhere eval --prediction a.png --target b.npy --classes 2 --ignore -1 --device cuda:0\n\n";

void add_inputs(CLI::App& command, eval_texts& given) {
  auto* const prediction =
      command
          .add_option("--prediction", given.prediction, "predicted label maps: a folder or a file")
          ->type_name("PATH");
  command.add_option("--logits", given.logits, "scores of each class instead: a folder or a file")
      ->excludes(prediction)
      ->type_name("PATH");
  command.add_option("--target", given.target, "true label maps: a folder or a file")
      ->type_name("PATH");
  command
      .add_option("--classes", given.classes, "number of classes, or a text file of their names")
      ->required()
      ->type_name("N|FILE");
  command.add_option("--names", given.names, "a text file of class names, where --classes is N")
      ->type_name("FILE");
  command
      .add_option("--ignore", given.ignore,
                  "target labels whose pixels do not count; may be repeated")
      ->type_name("LABEL");
}

void add_rules(CLI::App& command, eval_texts& given) {
  command
      .add_option("--convention", given.convention,
                  "whose rules hold for absent and ignored classes")
      ->default_str(name_of(convention::bitwhere))
      ->type_name(convention_names("|"));
  command
      .add_option("--select", given.select,
                  "only these classes, by id or name; may be repeated (default: all)")
      ->type_name("CLASS");
}

void add_weights(CLI::App& command, eval_texts& given) {
  command
      .add_option("--class-weights", given.weights.class_weights,
                  "of the weighted loss of --logits: a number a class")
      ->delimiter(',')
      ->type_name("NUMBER");
  command
      .add_option("--foreground", given.weights.foreground,
                  "classes that the weighted loss weighs otherwise, by id or name")
      ->delimiter(',')
      ->type_name("CLASS");
  command
      .add_option("--foreground-weight", given.weights.foreground_weight,
                  "the weight of these; of the other classes it is 1")
      ->type_name("NUMBER");
}

void add_reports(CLI::App& command, eval_texts& given) {
  command.add_option("--format", given.format, "what is printed")
      ->default_str("table")
      ->type_name("table|json|csv");
  command.add_flag("--per-image", given.per_image, "a line an image, too (csv: instead)");
  command
      .add_option("--json", given.json,
                  "write a report as JSON, too; - prints it instead of the table")
      ->type_name("FILE");
  command
      .add_option(
          "--images", given.images,
          "photographs for overlays: .png, .jpg, .jpeg, upright (EXIF orientation 1 or none)")
      ->type_name("DIR");
  command
      .add_option("--overlays", given.overlays,
                  "write each prediction in colours over its photograph, with errors hatched")
      ->type_name("DIR");
  command.add_option("--opacity", given.opacity, "of the colours over photographs: 0 to 255")
      ->default_str("128")
      ->type_name("N");
  command
      .add_option("--palette", given.palette,
                  "well-known colours, or a text file with a colour a line")
      ->default_str("voc")
      ->type_name(fmt::format("{}|FILE", fmt::join(palettes::known, "|")));
  command
      .add_option("--report", given.report,
                  "write index.html to this folder: charts, and overlays of the worst images")
      ->type_name("DIR");
}

void require_inputs(const eval_texts& given) {
  if (given.prediction.empty() && given.logits.empty()) {
    throw usage_error("--prediction is required, or --logits (--help shows the usage)");
  }
  if (given.target.empty() && given.logits.empty()) {
    throw usage_error("--target is required (--help shows the usage)");
  }
}

report_format format_of(const eval_texts& given) {
  const bool prints_json = given.json == "-";
  if (given.format.empty()) return prints_json ? report_format::json : report_format::table;
  if (given.format == "json") return report_format::json;
  if (given.format != "table" && given.format != "csv") {
    throw usage_error(fmt::format("--format {}: not table, json or csv", given.format));
  }
  if (prints_json) {
    throw usage_error(
        fmt::format("--json -: standard output is for --format {}; give a file", given.format));
  }
  return given.format == "csv" ? report_format::csv : report_format::table;
}

std::vector<std::int64_t> ignore_of(const eval_texts& given) {
  using limits = std::numeric_limits<std::int64_t>;
  std::vector<std::int64_t> out;
  for (const std::string& text : given.ignore) {
    out.push_back(parse_integer("--ignore", text, limits::min(), limits::max()));
  }
  if (out.size() > BW_MAX_IGNORE) {
    throw usage_error(fmt::format("--ignore: more than {} labels", BW_MAX_IGNORE));
  }
  return out;
}

void add_pictures(const eval_texts& given, eval_command& out) {
  if (given.overlays.empty() && given.report.empty()) {
    const auto needs = [](const char* option, const std::string& text) {
      if (!text.empty()) {
        throw usage_error(fmt::format("{} {}: needs --overlays or --report", option, text));
      }
    };
    needs("--images", given.images);
    needs("--opacity", given.opacity);
    needs("--palette", given.palette);
    return;
  }
  out.images = given.images;
  out.overlays = given.overlays;
  out.report = given.report;
  if (!given.opacity.empty()) {
    out.opacity = static_cast<int>(parse_integer("--opacity", given.opacity, 0, 255));
  }
  const std::int64_t classes = out.classes.count;
  // VOC's rule goes on for any number of classes.
  out.colors = given.palette.empty() ? palettes::voc(std::max<std::int64_t>(classes, 256))
                                     : choose_palette("--palette", given.palette, classes);
  if (std::ranges::find(palettes::known, given.palette) == std::end(palettes::known)) {
    out.texts.emplace_back(given.palette);
  }
}

}  // namespace

void add_eval_options(CLI::App& command, eval_texts& given) {
  add_inputs(command, given);
  add_rules(command, given);
  add_weights(command, given);
  add_reports(command, given);
  add_device_options(command, given.on);
  command.footer(std::string(footer) + exit_codes);
}

eval_command eval_of(const eval_texts& given) {
  require_inputs(given);
  eval_command out;
  out.prediction = given.prediction;
  out.logits = given.logits;
  out.target = given.target;
  out.classes = parse_classes(given.classes, given.names);
  if (!out.classes.names.empty()) {
    out.texts.emplace_back(given.names.empty() ? given.classes : given.names);
  }
  out.how.classes = out.classes.count;
  out.how.ignore = ignore_of(given);
  out.how.selected = select_classes(out.classes, given.select);
  if (!given.convention.empty()) out.how.whose = parse_convention(given.convention);
  if (given.weights.any() && given.logits.empty()) {
    throw usage_error("--class-weights, --foreground: labels have no loss; give --logits");
  }
  out.how.class_weights = weights_of(out.classes, given.weights);
  out.how.device = given.on.device;
  out.how.threads = threads_of(given.on);
  out.format = format_of(given);
  out.per_image = given.per_image;
  if (given.json != "-") out.json = given.json;
  add_pictures(given, out);
  return out;
}

}  // namespace bitwhere::tool
