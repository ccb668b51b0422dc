// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "scores.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "failure.hpp"
#include "label_plan.hpp"

namespace bitwhere::plan {
namespace {

double ratio(int64_t part, int64_t whole) {
  if (whole == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(part) / static_cast<double>(whole);
}

// The mean of nothing is NaN.
struct mean {
  double sum = 0;
  int64_t count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  double value() const {
    return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
  }
};

struct sums {
  std::vector<int64_t> row;
  std::vector<int64_t> column;
  int64_t all = 0;
  int64_t diagonal = 0;
};

sums sum_up(confusion_counts counts) {
  const auto n = static_cast<size_t>(counts.classes);
  sums s = {std::vector<int64_t>(n), std::vector<int64_t>(n)};
  for (size_t t = 0; t < n; ++t) {
    for (size_t p = 0; p < n; ++p) {
      const int64_t cell = counts.cells[t * n + p];
      s.row[t] += cell;
      s.column[p] += cell;
    }
    s.all += s.row[t];
    s.diagonal += counts.cells[t * n + t];
  }
  return s;
}

void check(confusion_counts counts, ignored_values ignore, const bw_scores* scores) {
  if (scores == nullptr || scores->struct_bytes < sizeof(bw_scores)) {
    throw failure(BW_INVALID_ARGUMENT, "scores: is NULL or struct_bytes is not set");
  }
  if (counts.cells == nullptr) throw failure(BW_INVALID_ARGUMENT, "counts: is NULL");
  if (counts.classes < 1 || counts.classes > max_classes) {
    throw failure(BW_INVALID_ARGUMENT, "classes: " + std::to_string(counts.classes) +
                                           " is not in 1.." + std::to_string(max_classes));
  }
  if (ignore.value == nullptr && ignore.count != 0) {
    throw failure(BW_INVALID_ARGUMENT, "ignore: is NULL though ignore_count is not 0");
  }
}

}  // namespace

void score(confusion_counts counts, ignored_values ignore, bw_scores* scores,
           double* class_accuracy, double* class_iou) {
  check(counts, ignore, scores);
  const sums s = sum_up(counts);
  mean accuracy_mean;
  mean iou_mean;
  double weighted = 0;
  for (int64_t c = 0; c < counts.classes; ++c) {
    const auto i = static_cast<size_t>(c);
    const int64_t hit = counts.cells[c * counts.classes + c];
    const int64_t either = s.row[i] + s.column[i] - hit;
    const double accuracy = ratio(hit, s.row[i]);
    const double iou = ratio(hit, either);
    if (class_accuracy != nullptr) class_accuracy[c] = accuracy;
    if (class_iou != nullptr) class_iou[c] = iou;
    if (s.row[i] != 0) weighted += static_cast<double>(s.row[i]) * iou;
    if (std::find(ignore.value, ignore.value + ignore.count, c) != ignore.value + ignore.count) {
      continue;
    }
    if (s.row[i] != 0) accuracy_mean.add(accuracy);
    if (either != 0) iou_mean.add(iou);
  }
  scores->valid = s.all;
  scores->correct = s.diagonal;
  scores->accuracy = ratio(s.diagonal, s.all);
  scores->mean_class_accuracy = accuracy_mean.value();
  scores->mean_iou = iou_mean.value();
  scores->frequency_weighted_iou =
      s.all == 0 ? std::numeric_limits<double>::quiet_NaN() : weighted / static_cast<double>(s.all);
  scores->classes_in_mean_iou = iou_mean.count;
}

}  // namespace bitwhere::plan
