// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "count_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bitwhere::tool {

namespace {

void require_same_size(const evaluate_options& options, const work_item& item,
                       const prediction_map& prediction, const label_map& target) {
  if (const auto* scores = std::get_if<score_map>(&prediction);
      scores != nullptr && scores->classes != options.classes) {
    throw file_error(fmt::format("has scores of {} class{}, but --classes says {}", scores->classes,
                                 scores->classes == 1 ? "" : "es", options.classes));
  }
  if (height_of(prediction) != target.height || width_of(prediction) != target.width) {
    throw file_error(fmt::format("has {} x {} pixels, but its target {} has {} x {}",
                                 width_of(prediction), height_of(prediction), item.target,
                                 target.width, target.height));
  }
}

/// Whether every target outside the classes is this label, so that ignoring it mends them all.
bool is_only_bad_target(const evaluate_options& options, const label_map& target,
                        std::int64_t label) {
  const auto& ignore = options.ignore;
  for (std::int64_t row = 0; row < target.height; ++row) {
    for (std::int64_t column = 0; column < target.width; ++column) {
      const std::int64_t other = target.at(row, column);
      if (other == label || (other >= 0 && other < options.classes)) continue;
      if (std::find(ignore.begin(), ignore.end(), other) == ignore.end()) return false;
    }
  }
  return true;
}

problem describe_bad_labels(const evaluate_options& options, const work_item& item,
                            const prediction_map& prediction, const label_map& target,
                            const bw_report& bad) {
  const std::int64_t count = bad.count;
  const std::int64_t row = bad.first_index / target.width;
  const std::int64_t column = bad.first_index % target.width;
  const std::int64_t label = target.at(row, column);
  // Ignored targets are never bad, so an impossible target is to blame before its prediction. The
  // largest score is always that of a class.
  const auto* labels = std::get_if<label_map>(&prediction);
  const bool in_target = label < 0 || label >= options.classes || labels == nullptr;
  std::string text =
      fmt::format("{} {} a label outside 0..{}, the first at row {}, column {}: {}", count,
                  count == 1 ? "pixel has" : "pixels have", options.classes - 1, row, column,
                  in_target ? fmt::format("target {}", label)
                            : fmt::format("prediction {}", labels->at(row, column)));
  if (in_target && is_only_bad_target(options, target, label))
    text += fmt::format(" (--ignore {} leaves such targets out)", label);
  return {in_target ? item.target : item.prediction, std::move(text)};
}

/// What a device has counted of an image.
struct image_counts {
  std::vector<std::int64_t> cells;
  bw_report bad;
  loss_sums loss;
  loss_sums weighted_loss;
};

image_counts count_labels(const context& on, const evaluate_options& options,
                          const tensor_view& prediction, const tensor_view& target) {
  const label_options how{.classes = options.classes, .ignore = options.ignore};
  const confusion counted = confusion_matrix(on, prediction, target, how);
  return {counted.host_counts(), {counted.bad_labels(), counted.first_bad_label()}, {}, {}};
}

/// Loss and counts come from one read of the scores; the weighted loss takes another.
image_counts count_scores(const context& on, const evaluate_options& options,
                          const tensor_view& scores, const tensor_view& target) {
  class_loss_options how{.ignore_index = std::nullopt,
                         .ignore = options.ignore,
                         .reduction = loss_reduction::partial,
                         .class_dim = 0};  // (classes, height, width)
  confusion counted(on, {.classes = options.classes, .ignore = options.ignore});
  const data_report report(on);
  image_counts out;
  out.loss.add(host_words(cross_entropy(on, scores, target, how, {.cells = &counted}, report.c())));
  out.cells = counted.host_counts();
  out.bad = {report.count(), report.first_index()};
  if (options.class_weights.empty()) return out;
  const tensor weights = to(on, view(options.class_weights));
  how.weight = weights;
  out.weighted_loss.add(host_words(cross_entropy(on, scores, target, how)));
  return out;
}

}  // namespace

image_count count_image(const context& on, const evaluate_options& options, const work_item& item,
                        const prediction_map& prediction, const label_map& target) {
  require_same_size(options, item, prediction, target);
  const bool of_scores = std::holds_alternative<score_map>(prediction);
  const auto counting = of_scores ? count_scores : count_labels;
  const tensor_view predicted = view_of(prediction);
  image_counts counted = on.is_cpu()
                             ? counting(on, options, predicted, target.view())
                             : counting(on, options, to(on, predicted), to(on, target.view()));
  const scores ratios = scores_of(counted.cells, options.classes, options.rules());
  image_count out;
  out.result = {.name = item.name,
                .height = target.height,
                .width = target.width,
                .valid = ratios.valid,
                .correct = ratios.correct,
                .bad_labels = counted.bad.count,
                .accuracy = ratios.accuracy,
                .mean_iou = ratios.mean_iou,
                .mean_dice = ratios.mean_dice};
  if (of_scores) {
    out.result.loss = counted.loss.numbers(counted.cells, {});
    if (!options.class_weights.empty()) {
      out.result.weighted_loss =
          counted.weighted_loss.numbers(counted.cells, options.class_weights);
    }
  }
  if (counted.bad.count > 0) {
    out.bad_labels = describe_bad_labels(options, item, prediction, target, counted.bad);
  }
  out.counts = std::move(counted.cells);
  out.loss = std::move(counted.loss);
  out.weighted_loss = std::move(counted.weighted_loss);
  return out;
}

label_map labels_of(const context& on, const score_map& scores) {
  // i16 holds all that a class can be.
  const dtype type = scores.classes <= 256 ? u8 : i16;
  label_map out = make_label_map(type, scores.height, scores.width);
  const std::int64_t shape[] = {out.height, out.width};
  const tensor_view labels(out.bytes.get(), type, shape);
  if (on.is_cpu()) {
    argmax(on, scores.view(), 0, labels);
  } else {
    copy(on, argmax(on, to(on, scores.view()), 0, type), labels);
  }
  return out;
}

}  // namespace bitwhere::tool
