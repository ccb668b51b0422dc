// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/tensor.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bitwhere {

/// Options of label metrics; see bw_label_options.
struct label_options {
  std::int64_t classes = 0;               ///< labels 0 .. classes-1 are classes
  std::vector<std::int64_t> ignore = {};  ///< target values whose pixels do not count
  std::int64_t first_element = 0;         ///< where this shard begins, for the report's indices

  [[nodiscard]] bw_label_options c(bool accumulate) const {
    return {sizeof(bw_label_options), classes, ignore.data(), ignore.size(), first_element,
            accumulate ? 1 : 0,       0};
  }
};

namespace detail {

inline constexpr std::int64_t max_classes = 32768;

// Checked before anything is allocated for them.
inline label_options checked(label_options options) {
  if (options.classes >= 1 && options.classes <= max_classes) return options;
  throw error(errc::invalid_argument, "options: classes is " + std::to_string(options.classes) +
                                          ", not in 1.." + std::to_string(max_classes));
}

}  // namespace detail

/// Ratios of a confusion matrix; NaN where a denominator is 0. Conventions: bw_confusion_scores.
struct scores : bw_scores {
  std::vector<double> class_accuracy;  ///< per class
  std::vector<double> class_iou;       ///< per class
};

/// Computes the ratios of `classes` x `classes` counts in host memory.
inline scores scores_of(std::span<const std::int64_t> counts, std::int64_t classes,
                        const std::vector<std::int64_t>& ignore = {}) {
  if (classes < 1 || classes > detail::max_classes ||
      static_cast<std::int64_t>(counts.size()) != classes * classes) {
    throw error(errc::invalid_shape, "scores_of: counts is not classes x classes");
  }
  scores out;
  static_cast<bw_scores&>(out) = {};
  out.struct_bytes = sizeof(bw_scores);
  out.class_accuracy.resize(static_cast<std::size_t>(classes));
  out.class_iou.resize(static_cast<std::size_t>(classes));
  detail::check(bw_confusion_scores(counts.data(), classes, ignore.data(), ignore.size(), &out,
                                    out.class_accuracy.data(), out.class_iou.data()),
                nullptr);
  return out;
}

/// A confusion matrix with its report, on the device of its context. Everything that returns
/// numbers brings them to the host and waits for the stream.
class confusion {
 public:
  /// All zero, ready to `add`.
  confusion(const context& on, label_options options)
      : options_(detail::checked(std::move(options))),
        counts_(on, std::vector<std::int64_t>{options_.classes, options_.classes}, i64),
        report_(on, std::vector<std::int64_t>{2}, i64) {
    const tensor_view nothing(nullptr, i64, std::vector<std::int64_t>{0}, {}, on.memory());
    count(nothing, nothing, false);
  }

  /// Adds the pixels of a batch or shard; `first_element` is where it begins, for the report.
  void add(const tensor_view& prediction, const tensor_view& target,
           std::int64_t first_element = 0) {
    options_.first_element = first_element;
    count(prediction, target, true);
  }

  /// Adds another matrix of the same classes: shards merge to the counts of one pass.
  void merge(const confusion& other) {
    if (other.classes() != classes()) {
      throw error(errc::invalid_shape, "merge: matrices of different classes");
    }
    if (other.options_.ignore != options_.ignore) {
      throw error(errc::invalid_argument, "merge: matrices with different ignore lists");
    }
    std::vector<std::int64_t> sum = host_counts();
    const std::vector<std::int64_t> more = other.host_counts();
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
    const bw_report ours = host_report();
    const bw_report theirs = other.host_report();
    const auto first = std::min(static_cast<std::uint64_t>(ours.first_index),
                                static_cast<std::uint64_t>(theirs.first_index));
    const std::vector<std::int64_t> report{ours.count + theirs.count,
                                           static_cast<std::int64_t>(first)};
    copy(counts_.on(), view(sum, {classes(), classes()}), counts_);
    copy(report_.on(), view(report), report_);
  }

  [[nodiscard]] std::int64_t classes() const { return options_.classes; }
  /// i64 (classes, classes) on the device; row = target.
  [[nodiscard]] const tensor& counts() const { return counts_; }
  /// The counts on the host, row-major.
  [[nodiscard]] std::vector<std::int64_t> host_counts() const {
    std::vector<std::int64_t> out(static_cast<std::size_t>(classes() * classes()));
    copy(counts_.on(), counts_, view(out, {classes(), classes()}));
    return out;
  }

  [[nodiscard]] scores ratios() const {
    return scores_of(host_counts(), classes(), options_.ignore);
  }
  [[nodiscard]] double accuracy() const { return ratios().accuracy; }
  [[nodiscard]] double mean_iou() const { return ratios().mean_iou; }

  /// Pixels whose target is not ignored and whose target or prediction is no class.
  [[nodiscard]] std::int64_t bad_labels() const { return host_report().count; }
  /// The index of the first of them; -1 if there are none.
  [[nodiscard]] std::int64_t first_bad_label() const { return host_report().first_index; }
  /// Throws errc::data_error if there are any.
  void require_good_labels() const {
    const bw_report found = host_report();
    if (found.count == 0) return;
    throw error(errc::data_error, std::to_string(found.count) +
                                      " labels are no class; the first at element " +
                                      std::to_string(found.first_index));
  }

 private:
  void count(const tensor_view& prediction, const tensor_view& target, bool accumulate) {
    const bw_tensor c_prediction = prediction.c();
    const bw_tensor c_target = target.c();
    const bw_tensor c_counts = counts_.c();
    const bw_label_options c_options = options_.c(accumulate);
    const bitwhere::context& on = counts_.on();
    on.check(bw_confusion_matrix(on.get(), &c_prediction, &c_target, &c_options, &c_counts,
                                 static_cast<bw_report*>(report_.data())));
  }

  [[nodiscard]] bw_report host_report() const {
    std::vector<std::int64_t> out(2);
    copy(report_.on(), report_, view(out));
    return {out[0], out[1]};
  }

  label_options options_;
  tensor counts_;
  tensor report_;
};

/// Counts target against prediction; the contract is bw_confusion_matrix's.
///   Example:  confusion_matrix(cpu, view(prediction), view(target), {.classes = 3, .ignore =
///   {255}})
inline confusion confusion_matrix(const context& on, const tensor_view& prediction,
                                  const tensor_view& target, label_options options) {
  const std::int64_t first = options.first_element;
  confusion out(on, std::move(options));
  out.add(prediction, target, first);
  return out;
}

/// Pixels where prediction and target agree, of those that are not ignored.
struct accuracy_result {
  std::int64_t correct = 0;
  std::int64_t valid = 0;
  /// NaN where there are no valid pixels.
  [[nodiscard]] double ratio() const {
    return static_cast<double>(correct) / static_cast<double>(valid);
  }
};

/// The contract is bw_accuracy's; brings the two counts to the host, which waits for the stream.
inline accuracy_result accuracy(const context& on, const tensor_view& prediction,
                                const tensor_view& target,
                                const std::vector<std::int64_t>& ignore = {}) {
  const tensor counts(on, std::vector<std::int64_t>{2}, i64);
  const bw_tensor c_prediction = prediction.c();
  const bw_tensor c_target = target.c();
  const bw_tensor c_counts = counts.c();
  const label_options options{.ignore = ignore};  // outlives the C struct, which points into it
  const bw_label_options c_options = options.c(false);
  on.check(bw_accuracy(on.get(), &c_prediction, &c_target, &c_options, &c_counts));
  std::vector<std::int64_t> host(2);
  copy(on, counts, view(host));
  return {host[0], host[1]};
}

}  // namespace bitwhere
