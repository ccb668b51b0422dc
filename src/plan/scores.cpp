// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "scores.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "failure.hpp"
#include "label_plan.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

[[noreturn]] void refuse(const std::string& text) { throw failure(BW_INVALID_ARGUMENT, text); }

void check_absent(int32_t value, const char* field) {
  if (value >= BW_ABSENT_SKIP && value <= BW_ABSENT_ONE) return;
  refuse(std::string("options: ") + field + " is " + std::to_string(value) + ", no bw_absent");
}

void check_flag(int32_t value, const char* field) {
  if (value == 0 || value == 1) return;
  refuse(std::string("options: ") + field + " is " + std::to_string(value) + ", neither 0 nor 1");
}

void check_list(const int64_t* values, size_t count, const char* name) {
  if (values != nullptr || count == 0) return;
  refuse(std::string("options: ") + name + " is NULL though " + name + "_count is not 0");
}

void check_options(const bw_score_options& options) {
  check_list(options.ignore, options.ignore_count, "ignore");
  check_list(options.selected, options.selected_count, "selected");
  check_absent(options.absent, "absent");
  check_absent(options.skipped, "skipped");
  check_absent(options.nothing, "nothing");
  check_flag(options.ignored_in_mean, "ignored_in_mean");
  check_flag(options.iou_without_ignored, "iou_without_ignored");
  check_flag(options.unpredicted_absent, "unpredicted_absent");
  if (options.unseen_accuracy != BW_ABSENT_SKIP && options.unseen_accuracy != BW_ABSENT_ZERO) {
    refuse("options: unseen_accuracy is " + std::to_string(options.unseen_accuracy) +
           ", neither BW_ABSENT_SKIP nor BW_ABSENT_ZERO");
  }
  check_reserved(options.reserved, "options");
}

void check_counts(confusion_counts counts) {
  if (counts.cells == nullptr) refuse("counts: is NULL");
  if (counts.classes >= 1 && counts.classes <= max_classes) return;
  refuse("classes: " + std::to_string(counts.classes) + " is not in 1.." +
         std::to_string(max_classes));
}

// One flag a class.
using class_set = std::vector<unsigned char>;

class_set ignored_classes(const bw_score_options& options, size_t classes) {
  class_set out(classes, 0);
  for (size_t i = 0; i < options.ignore_count; ++i) {
    const int64_t value = options.ignore[i];
    if (value >= 0 && static_cast<size_t>(value) < classes) out[static_cast<size_t>(value)] = 1;
  }
  return out;
}

class_set selected_classes(const bw_score_options& options, size_t classes) {
  if (options.selected_count == 0) return class_set(classes, 1);
  class_set out(classes, 0);
  for (size_t i = 0; i < options.selected_count; ++i) {
    const int64_t value = options.selected[i];
    if (value < 0 || static_cast<size_t>(value) >= classes) {
      refuse("options: selected names class " + std::to_string(value) + ", not in 0.." +
             std::to_string(classes - 1));
    }
    if (out[static_cast<size_t>(value)]++ != 0) {
      refuse("options: selected names class " + std::to_string(value) + " twice");
    }
  }
  return out;
}

// Unsigned, for targets and predictions together may be twice what an int64 holds.
struct class_sums {
  uint64_t hits = 0;
  uint64_t target = 0;
  uint64_t predicted = 0;
  uint64_t both() const { return target + predicted; }
  uint64_t either() const { return both() - hits; }
};

std::vector<class_sums> sum_up(confusion_counts counts, const class_set& ignored) {
  const size_t n = ignored.size();
  std::vector<class_sums> sums(n);
  int64_t all = 0;  // bounds every other sum
  for (size_t t = 0; t < n; ++t) {
    const int64_t* const row = counts.cells + t * n;
    for (size_t p = 0; p < n; ++p) {
      const int64_t cell = row[p];
      if (cell == 0) continue;
      if (cell < 0) {
        refuse("counts: of target " + std::to_string(t) + " and prediction " + std::to_string(p) +
               " is " + std::to_string(cell) + ", which is negative");
      }
      if (ignored[t] != 0) continue;
      if (__builtin_add_overflow(all, cell, &all)) refuse("counts: their sum is above 2^63 - 1");
      sums[t].target += static_cast<uint64_t>(cell);
      sums[p].predicted += static_cast<uint64_t>(cell);
      if (t == p) sums[t].hits = static_cast<uint64_t>(cell);
    }
  }
  return sums;
}

double value_of(int32_t absent) {
  if (absent == BW_ABSENT_ZERO) return 0;
  return absent == BW_ABSENT_ONE ? 1 : nan;
}

double divide(uint64_t part, uint64_t whole) {
  return whole == 0 ? nan : static_cast<double>(part) / static_cast<double>(whole);
}

// What one ratio makes of classes: the value that is shown, and the mean.
class class_ratio {
 public:
  class_ratio(const bw_score_options& options, bool with_ignored, double* shown)
      : absent_(options.absent),
        skipped_(value_of(options.skipped)),
        with_ignored_(with_ignored),
        shown_(shown) {}

  void next(bool ignored, bool selected, bool exists, double value) {
    bool counts = with_ignored_ || !ignored;
    if (counts && !exists) {
      counts = absent_ != BW_ABSENT_SKIP;
      value = value_of(absent_);
    }
    if (shown_ != nullptr) *shown_++ = counts ? value : skipped_;
    if (!counts || !selected) return;
    sum_ += value;
    ++count_;
  }

  int64_t count() const { return count_; }
  double mean(double of_nothing) const {
    return count_ == 0 ? of_nothing : sum_ / static_cast<double>(count_);
  }

 private:
  int32_t absent_;
  double skipped_;
  bool with_ignored_;
  double* shown_;
  double sum_ = 0;
  int64_t count_ = 0;
};

}  // namespace

void score(confusion_counts counts, const bw_score_options* given, bw_scores* scores,
           const bw_class_scores* per_class) {
  bw_score_options options = {};
  if (given != nullptr) {
    check_struct(given, "options");
    options = *given;
  }
  if (per_class != nullptr) check_struct(per_class, "per_class");
  check_struct(scores, "scores");
  check_counts(counts);
  check_options(options);
  const auto n = static_cast<size_t>(counts.classes);
  const class_set ignored = ignored_classes(options, n);
  const class_set selected = selected_classes(options, n);
  const std::vector<class_sums> sums = sum_up(counts, ignored);

  const bw_class_scores show = per_class != nullptr ? *per_class : bw_class_scores{};
  const bool with_ignored = options.ignored_in_mean != 0;
  const bool iou_with_ignored = with_ignored && options.iou_without_ignored == 0;
  class_ratio accuracy(options, with_ignored, show.accuracy);
  class_ratio precision(options, with_ignored, show.precision);
  class_ratio iou(options, iou_with_ignored, show.iou);
  class_ratio dice(options, with_ignored, show.dice);
  class_sums totals;
  uint64_t unions = 0;
  uint64_t both = 0;
  double weighted = 0;
  for (size_t c = 0; c < n; ++c) {
    const class_sums& s = sums[c];
    const bool out = ignored[c] != 0;
    const bool chosen = selected[c] != 0;
    const bool occurs = s.either() != 0;
    const bool unseen_is_zero = occurs && options.unseen_accuracy == BW_ABSENT_ZERO;
    const bool unpredicted_is_zero = occurs && options.unpredicted_absent == 0;
    const double overlap = divide(s.hits, s.either());
    accuracy.next(out, chosen, s.target != 0 || unseen_is_zero,
                  s.target != 0 ? divide(s.hits, s.target) : 0);
    precision.next(out, chosen, s.predicted != 0 || unpredicted_is_zero,
                   s.predicted != 0 ? divide(s.hits, s.predicted) : 0);
    iou.next(out, chosen, occurs, overlap);
    dice.next(out, chosen, occurs, divide(2 * s.hits, s.both()));
    if (!chosen) continue;
    totals.hits += s.hits;
    totals.target += s.target;
    if (iou_with_ignored || !out) unions += s.either();
    if (with_ignored || !out) both += s.both();
    if (s.target != 0) weighted += static_cast<double>(s.target) * overlap;
  }

  const double nothing = value_of(options.nothing);
  const double skipped = value_of(options.skipped);
  scores->valid = static_cast<int64_t>(totals.target);
  scores->correct = static_cast<int64_t>(totals.hits);
  scores->accuracy = totals.target == 0 ? nothing : divide(totals.hits, totals.target);
  scores->mean_class_accuracy = accuracy.mean(nothing);
  scores->mean_iou = iou.mean(nan);
  scores->frequency_weighted_iou =
      totals.target == 0 ? nan : weighted / static_cast<double>(totals.target);
  scores->classes_in_mean_iou = iou.count();
  scores->mean_dice = dice.mean(nothing);
  scores->mean_precision = precision.mean(nothing);
  scores->micro_iou = unions == 0 ? skipped : divide(totals.hits, unions);
  scores->micro_dice = both == 0 ? skipped : divide(2 * totals.hits, both);
  scores->classes_in_mean_accuracy = accuracy.count();
  scores->classes_in_mean_dice = dice.count();
  scores->classes_in_mean_precision = precision.count();
}

void set_convention(int32_t convention, bw_score_options* options) {
  check_struct(options, "options");
  bw_score_options rules = {};
  switch (convention) {
    case BW_CONVENTION_BITWHERE:
    case BW_CONVENTION_CITYSCAPES:
      break;
    case BW_CONVENTION_TORCHMETRICS:
      rules.skipped = BW_ABSENT_ZERO;
      rules.ignored_in_mean = 1;
      rules.iou_without_ignored = 1;
      rules.unseen_accuracy = BW_ABSENT_ZERO;
      rules.nothing = BW_ABSENT_ZERO;
      break;
    case BW_CONVENTION_MMSEG:
      rules.ignored_in_mean = 1;
      rules.unpredicted_absent = 1;
      break;
    default:
      refuse("convention: " + std::to_string(convention) + " is no bw_convention");
  }
  rules.struct_bytes = options->struct_bytes;
  rules.ignore = options->ignore;
  rules.ignore_count = options->ignore_count;
  rules.selected = options->selected;
  rules.selected_count = options->selected_count;
  rules.reserved = options->reserved;
  *options = rules;
}

}  // namespace bitwhere::plan
