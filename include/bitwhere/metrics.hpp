// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/condition.hpp>
#include <bitwhere/report.hpp>
#include <bitwhere/scores.hpp>
#include <bitwhere/tensor.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bitwhere {

/// Options of label metrics; see bw_label_options.
struct label_options {
  std::int64_t classes = 0;               ///< labels 0 .. classes-1 are classes
  std::vector<std::int64_t> ignore = {};  ///< target values whose pixels do not count
  std::int64_t first_element = 0;         ///< where this shard begins, for the report's indices
  std::int32_t class_dim = 1;             ///< of logits: the dimension of the classes
  std::int64_t pixel_weight = 1;          ///< what a pixel adds to the counts
  /// Only pixels where it holds count. It borrows its tensors.
  std::optional<bitwhere::condition> where = std::nullopt;
};

namespace detail {

// The C struct of label_options, which it points into.
class c_label_options {
 public:
  c_label_options(const label_options& from, bool accumulate) {
    if (from.where) where_.emplace(*from.where);
    c_ = {sizeof(bw_label_options), from.classes,
          from.ignore.data(),       from.ignore.size(),
          from.first_element,       accumulate ? 1 : 0,
          from.class_dim,           where_ ? where_->get() : nullptr,
          from.pixel_weight};
  }
  [[nodiscard]] const bw_label_options* get() const { return &c_; }

 private:
  std::optional<condition::c_tree> where_;
  bw_label_options c_;
};

// Checked before anything is allocated for them.
inline label_options checked(label_options options) {
  if (options.classes >= 1 && options.classes <= max_classes) return options;
  throw error(errc::invalid_argument, "options: classes is " + std::to_string(options.classes) +
                                          ", not in 1.." + std::to_string(max_classes));
}

}  // namespace detail

/// A confusion matrix with its report, on the device of its context. Everything that returns
/// numbers brings them to the host and waits for the stream.
class confusion {
 public:
  /// All zero, ready to `add`. Of the options, what belongs to a batch (first_element, where,
  /// pixel_weight) holds for those that `add` is not given others for.
  confusion(const context& on, label_options options)
      : options_(detail::checked(std::move(options))),
        counts_(on, std::vector<std::int64_t>{options_.classes, options_.classes}, i64),
        report_(on) {
    const tensor_view nothing(nullptr, i64, std::vector<std::int64_t>{0}, {}, on.memory());
    count(nothing, nothing, label_options{.classes = options_.classes}, false);
  }

  /// Adds the pixels of a batch or shard; `first_element` is where it begins, for the report.
  void add(const tensor_view& prediction, const tensor_view& target,
           std::int64_t first_element = 0) {
    label_options batch = options_;
    batch.first_element = first_element;
    count(prediction, target, batch, true);
  }

  /// Adds pixels under a condition, each with a weight: weights by condition are two calls, with
  /// the condition and its negation.
  void add_where(const bitwhere::condition& where, std::int64_t pixel_weight,
                 const tensor_view& prediction, const tensor_view& target,
                 std::int64_t first_element = 0) {
    label_options batch = options_;
    batch.where = where;
    batch.pixel_weight = pixel_weight;
    batch.first_element = first_element;
    count(prediction, target, batch, true);
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
    for (std::size_t i = 0; i < sum.size(); ++i) {  // modulo 2^64, as counts are
      sum[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum[i]) +
                                         static_cast<std::uint64_t>(more[i]));
    }
    const bw_report ours = report_.host();
    const bw_report theirs = other.report_.host();
    const auto first = std::min(static_cast<std::uint64_t>(ours.first_index),
                                static_cast<std::uint64_t>(theirs.first_index));
    const std::vector<std::int64_t> report{ours.count + theirs.count,
                                           static_cast<std::int64_t>(first)};
    copy(counts_.on(), view(sum, {classes(), classes()}), counts_);
    copy(counts_.on(), view(report), report_.cells());
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

  /// The ratios under other rules; see bw_score_options.
  [[nodiscard]] scores ratios(const score_options& how) const {
    return scores_of(host_counts(), classes(), how);
  }
  /// The ratios, with the targets that were ignored in counting left out of the means.
  [[nodiscard]] scores ratios() const { return ratios({.ignore = options_.ignore}); }
  [[nodiscard]] double accuracy() const { return ratios().accuracy; }
  [[nodiscard]] double mean_iou() const { return ratios().mean_iou; }

  /// Pixels whose target is not ignored and whose target or prediction is no class.
  [[nodiscard]] std::int64_t bad_labels() const { return report_.count(); }
  /// The index of the first of them; -1 if there are none.
  [[nodiscard]] std::int64_t first_bad_label() const { return report_.first_index(); }
  /// Throws errc::data_error if there are any.
  void require_good_labels() const { report_.require_none("labels are no class"); }

 private:
  void count(const tensor_view& prediction, const tensor_view& target, const label_options& batch,
             bool accumulate) {
    const bw_tensor c_prediction = prediction.c();
    const bw_tensor c_target = target.c();
    const bw_tensor c_counts = counts_.c();
    const detail::c_label_options c_options(batch, accumulate);
    const bitwhere::context& on = counts_.on();
    on.check(bw_confusion_matrix(on.get(), &c_prediction, &c_target, c_options.get(), &c_counts,
                                 report_.c()));
  }

  label_options options_;
  tensor counts_;
  data_report report_;
};

/// Counts target against prediction, labels or logits; the contract is bw_confusion_matrix's.
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
/// A template, so that a braced list is what is ignored.
template <std::same_as<label_options> Options>
accuracy_result accuracy(const context& on, const tensor_view& prediction,
                         const tensor_view& target, const Options& options) {
  const tensor counts(on, std::vector<std::int64_t>{2}, i64);
  const bw_tensor c_prediction = prediction.c();
  const bw_tensor c_target = target.c();
  const bw_tensor c_counts = counts.c();
  const detail::c_label_options c_options(options, false);
  on.check(bw_accuracy(on.get(), &c_prediction, &c_target, c_options.get(), &c_counts));
  std::vector<std::int64_t> host(2);
  copy(on, counts, view(host));
  return {host[0], host[1]};
}

/// The same over label maps, or scores whose classes are dimension 1.
inline accuracy_result accuracy(const context& on, const tensor_view& prediction,
                                const tensor_view& target,
                                const std::vector<std::int64_t>& ignore = {}) {
  return accuracy(on, prediction, target, label_options{.ignore = ignore});
}

/// out = the index of the largest element along `dim`; the contract is bw_argmax's.
inline void argmax(const context& on, const tensor_view& x, std::int32_t dim,
                   const tensor_view& out) {
  const bw_tensor c_x = x.c();
  const bw_tensor c_out = out.c_output("out");
  on.check(bw_argmax(on.get(), &c_x, dim, &c_out));
}

/// The same as a new tensor: i64, or a narrower integer that can hold the last index.
inline tensor argmax(const context& on, const tensor_view& x, std::int32_t dim, dtype type = i64) {
  std::vector<std::int64_t> shape(x.shape().begin(), x.shape().end());
  const auto rank = static_cast<std::int64_t>(shape.size());
  const std::int64_t at = dim < 0 ? dim + rank : dim;
  if (at >= 0 && at < rank) shape.erase(shape.begin() + at);  // else bw_argmax says what is wrong
  tensor out(on, shape, type);
  argmax(on, x, dim, out);
  return out;
}

}  // namespace bitwhere
