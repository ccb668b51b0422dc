// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>
#include <bitwhere/error.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitwhere {

/// What a ratio is whose denominator is 0; see bw_absent.
enum class absent : std::int32_t {
  skip = BW_ABSENT_SKIP,
  nan = BW_ABSENT_NAN,
  zero = BW_ABSENT_ZERO,
  one = BW_ABSENT_ONE
};

/// Whose numbers to give; see bw_convention.
enum class convention : std::int32_t {
  bitwhere = BW_CONVENTION_BITWHERE,
  torchmetrics = BW_CONVENTION_TORCHMETRICS,
  mmseg = BW_CONVENTION_MMSEG,
  cityscapes = BW_CONVENTION_CITYSCAPES
};

/// How a confusion matrix becomes ratios; see bw_score_options.
///   Example:  scores_of(counts, 3, {.ignore = {0}, .absent_is = absent::zero})
struct score_options {
  std::vector<std::int64_t> ignore = {};    ///< classes whose rows do not count
  std::vector<std::int64_t> selected = {};  ///< the classes of means and totals; empty: all
  absent absent_is = absent::skip;
  absent skipped_is = absent::skip;
  bool ignored_in_mean = false;
  absent unseen_accuracy = absent::skip;
  bool iou_without_ignored = false;
  bool unpredicted_absent = false;
  absent nothing = absent::skip;

  /// These options with what an evaluator does where evaluators differ.
  [[nodiscard]] score_options as(convention whose) const {
    bw_score_options c_options = c();
    detail::check(bw_score_convention(static_cast<bw_convention>(whose), &c_options), nullptr);
    score_options out = *this;
    out.absent_is = static_cast<absent>(c_options.absent);
    out.skipped_is = static_cast<absent>(c_options.skipped);
    out.ignored_in_mean = c_options.ignored_in_mean != 0;
    out.unseen_accuracy = static_cast<absent>(c_options.unseen_accuracy);
    out.iou_without_ignored = c_options.iou_without_ignored != 0;
    out.unpredicted_absent = c_options.unpredicted_absent != 0;
    out.nothing = static_cast<absent>(c_options.nothing);
    return out;
  }

  /// The C struct; valid as long as these options.
  [[nodiscard]] bw_score_options c() const {
    return {sizeof(bw_score_options),
            ignore.data(),
            ignore.size(),
            selected.data(),
            selected.size(),
            static_cast<std::int32_t>(absent_is),
            static_cast<std::int32_t>(skipped_is),
            ignored_in_mean ? 1 : 0,
            static_cast<std::int32_t>(unseen_accuracy),
            iou_without_ignored ? 1 : 0,
            unpredicted_absent ? 1 : 0,
            static_cast<std::int32_t>(nothing),
            0};
  }
};

namespace detail {

inline constexpr std::int64_t max_classes = 32768;

}  // namespace detail

/// Ratios of a confusion matrix; see bw_scores and bw_class_scores.
struct scores : bw_scores {
  std::vector<double> class_accuracy;
  std::vector<double> class_precision;
  std::vector<double> class_iou;
  std::vector<double> class_dice;
};

/// Computes the ratios of `classes` x `classes` counts in host memory.
inline scores scores_of(std::span<const std::int64_t> counts, std::int64_t classes,
                        const score_options& options = {}) {
  if (classes < 1 || classes > detail::max_classes ||
      static_cast<std::int64_t>(counts.size()) != classes * classes) {
    throw error(errc::invalid_shape, "scores_of: counts is not classes x classes");
  }
  scores out;
  static_cast<bw_scores&>(out) = {};
  out.struct_bytes = sizeof(bw_scores);
  for (std::vector<double>* ratios :
       {&out.class_accuracy, &out.class_precision, &out.class_iou, &out.class_dice}) {
    ratios->resize(static_cast<std::size_t>(classes));
  }
  const bw_score_options c_options = options.c();
  const bw_class_scores per_class = {sizeof(bw_class_scores), out.class_accuracy.data(),
                                     out.class_precision.data(), out.class_iou.data(),
                                     out.class_dice.data()};
  detail::check(bw_confusion_scores(counts.data(), classes, &c_options, &out, &per_class), nullptr);
  return out;
}

}  // namespace bitwhere
