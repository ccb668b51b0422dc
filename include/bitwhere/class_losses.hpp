// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/losses.hpp>
#include <bitwhere/metrics.hpp>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace bitwhere {

/// Options of class losses; see bw_class_loss_options and bw_loss_options. Tensors are borrowed.
struct class_loss_options {
  std::optional<tensor_view> weight = std::nullopt;  ///< of each class; none: 1
  std::optional<std::int64_t> ignore_index = -100;   ///< labels whose pixels do not count
  std::vector<std::int64_t> ignore = {};             ///< further ones
  double label_smoothing = 0;
  std::optional<tensor_view> element_weight = std::nullopt;  ///< of each pixel, broadcast
  std::optional<condition> mask = std::nullopt;              ///< only pixels for which it holds
  loss_reduction reduction = loss_reduction::mean;
  normaliser over = normaliser::usual;
  double denominator = 0;  ///< of normaliser::given
  double denominator_eps = 0;
  empty_mean empty = empty_mean::nan;
  std::optional<std::int32_t> class_dim = std::nullopt;  ///< none: 1, or 0 of rank 1
  std::int64_t first_element = 0;                      ///< added to the report's index, for a shard
  std::optional<dtype> type = std::nullopt;            ///< of a sum or mean; none: that of x
  std::optional<tensor_view> gradient = std::nullopt;  ///< where that of x goes; may be x itself
  std::optional<tensor_view> upstream = std::nullopt;  ///< multiplies it: of the result; none: 1
  std::optional<tensor_view> divisor = std::nullopt;   ///< of normaliser::tensor, rank 0
};

/// What is counted of the predictions from the same read of x, against labels. Bad labels are those
/// of the loss' report; what is ignored is what its options say, and each pixel counts once: the
/// condition and the pixel weight of `cells` are not looked at.
struct counted_predictions {
  confusion* cells = nullptr;                           ///< is added to
  std::optional<tensor_view> agreement = std::nullopt;  ///< i64 (2), is added to: correct, valid
};

namespace detail {

inline std::int32_t class_dim_of(const class_loss_options& options, const tensor_view& x) {
  return options.class_dim.value_or(x.rank() > 1 ? 1 : 0);
}

inline bool is_label_type(dtype type) { return type.code == BW_INT || type.code == BW_UINT; }

// The C structs of class_loss_options, which they point into.
class c_class_loss_options {
 public:
  c_class_loss_options(const class_loss_options& from, const tensor_view& x,
                       const tensor_view& target, bool accumulate)
      : ignore_(ignored(from, target)), loss_(from, from.element_weight, ignore_) {
    if (from.weight) weight_ = from.weight->c();
    classes_ = {sizeof(bw_class_loss_options), from.weight ? &weight_ : nullptr,
                from.label_smoothing, class_dim_of(from, x), accumulate ? 1 : 0};
  }
  c_class_loss_options(const c_class_loss_options&) = delete;
  c_class_loss_options& operator=(const c_class_loss_options&) = delete;
  [[nodiscard]] const bw_loss_options* loss() const { return loss_.get(); }
  [[nodiscard]] const bw_class_loss_options* classes() const { return &classes_; }

 private:
  // Probabilities have no labels: the default is not meant for them.
  static std::vector<std::int64_t> ignored(const class_loss_options& from,
                                           const tensor_view& target) {
    std::vector<std::int64_t> out = from.ignore;
    if (from.ignore_index && (is_label_type(target.type()) || *from.ignore_index != -100)) {
      out.push_back(*from.ignore_index);
    }
    return out;
  }

  std::vector<std::int64_t> ignore_;
  c_loss_options loss_;
  bw_tensor weight_ = {};
  bw_class_loss_options classes_ = {};
};

inline void class_loss(const context& on, bw_class_loss_kind kind, const tensor_view& x,
                       const tensor_view& target, const class_loss_options& options,
                       const bw_tensor& c_out, const counted_predictions& also, bool accumulate,
                       bw_report* report) {
  const c_class_loss_options c_options(options, x, target, accumulate);
  const bw_tensor c_x = x.c();
  const bw_tensor c_target = target.c();
  const bw_tensor c_cells = also.cells != nullptr ? also.cells->counts().c() : bw_tensor{};
  const bw_tensor c_agreement =
      also.agreement ? also.agreement->c_output("agreement") : bw_tensor{};
  on.check(bw_class_loss(on.get(), kind, &c_x, &c_target, c_options.classes(), c_options.loss(),
                         &c_out, also.cells != nullptr ? &c_cells : nullptr,
                         also.agreement ? &c_agreement : nullptr, report));
}

inline tensor class_loss(const context& on, bw_class_loss_kind kind, const tensor_view& x,
                         const tensor_view& target, const class_loss_options& options,
                         const counted_predictions& also, bool accumulate, bw_report* report) {
  const bool each = options.reduction == loss_reduction::none;
  shape_t shape;
  if (each) {
    shape.assign(x.shape().begin(), x.shape().end());
    const auto rank = static_cast<std::int64_t>(shape.size());
    const std::int64_t dim = class_dim_of(options, x);
    const std::int64_t at = dim < 0 ? dim + rank : dim;
    if (at >= 0 && at < rank) shape.erase(shape.begin() + at);  // else the C function refuses it
  }
  tensor out = loss_output(on, x, shape, options.reduction, options.type);
  class_loss(on, kind, x, target, options, out.c(), also, accumulate, report);
  return out;
}

}  // namespace detail

// Losses of the classes of each pixel, their weighted sum or mean: into a new tensor, or into the
// caller's; where it is asked for, with counts of the predictions. `report` lies on the device, or
// is null. The contract is bw_class_loss's.

/// Of logits, against labels or class probabilities.
///   Example:  cross_entropy(cpu, logits, labels, {.weight = weights, .ignore_index = 255})
inline tensor cross_entropy(const context& on, const tensor_view& x, const tensor_view& target,
                            const class_loss_options& options = {}, bw_report* report = nullptr) {
  return detail::class_loss(on, BW_CROSS_ENTROPY, x, target, options, {}, false, report);
}
inline void cross_entropy(const context& on, const tensor_view& x, const tensor_view& target,
                          const class_loss_options& options, const tensor_view& out,
                          bw_report* report = nullptr) {
  detail::class_loss(on, BW_CROSS_ENTROPY, x, target, options, out.c_output("out"), {}, false,
                     report);
}

/// The same, counting predictions from the same read of the logits.
///   Example:  cross_entropy(cpu, logits, labels, {.ignore_index = 255}, {.cells = &seen});
inline tensor cross_entropy(const context& on, const tensor_view& x, const tensor_view& target,
                            const class_loss_options& options, const counted_predictions& also,
                            bw_report* report = nullptr) {
  return detail::class_loss(on, BW_CROSS_ENTROPY, x, target, options, also, true, report);
}
inline void cross_entropy(const context& on, const tensor_view& x, const tensor_view& target,
                          const class_loss_options& options, const tensor_view& out,
                          const counted_predictions& also, bw_report* report = nullptr) {
  detail::class_loss(on, BW_CROSS_ENTROPY, x, target, options, out.c_output("out"), also, true,
                     report);
}

/// A loss, and from the same read of the logits how many pixels they predict rightly.
struct loss_and_accuracy {
  tensor loss;
  tensor agreement;  ///< i64 (2) on the device: correct pixels, valid pixels
  /// Brings the counts to the host, which waits for the stream.
  [[nodiscard]] accuracy_result accuracy() const {
    std::vector<std::int64_t> host(2);
    copy(agreement.on(), agreement, view(host));
    return {host[0], host[1]};
  }
};
inline loss_and_accuracy cross_entropy_and_accuracy(const context& on, const tensor_view& x,
                                                    const tensor_view& target,
                                                    const class_loss_options& options = {},
                                                    bw_report* report = nullptr) {
  tensor agreement(on, shape_t{2}, i64);
  tensor loss = detail::class_loss(on, BW_CROSS_ENTROPY, x, target, options,
                                   {.agreement = agreement}, false, report);
  return {std::move(loss), std::move(agreement)};
}

/// Of log-probabilities, against labels.
inline tensor nll_loss(const context& on, const tensor_view& x, const tensor_view& target,
                       const class_loss_options& options = {}, bw_report* report = nullptr) {
  return detail::class_loss(on, BW_NLL, x, target, options, {}, false, report);
}
inline void nll_loss(const context& on, const tensor_view& x, const tensor_view& target,
                     const class_loss_options& options, const tensor_view& out,
                     bw_report* report = nullptr) {
  detail::class_loss(on, BW_NLL, x, target, options, out.c_output("out"), {}, false, report);
}
inline tensor nll_loss(const context& on, const tensor_view& x, const tensor_view& target,
                       const class_loss_options& options, const counted_predictions& also,
                       bw_report* report = nullptr) {
  return detail::class_loss(on, BW_NLL, x, target, options, also, true, report);
}
inline void nll_loss(const context& on, const tensor_view& x, const tensor_view& target,
                     const class_loss_options& options, const tensor_view& out,
                     const counted_predictions& also, bw_report* report = nullptr) {
  detail::class_loss(on, BW_NLL, x, target, options, out.c_output("out"), also, true, report);
}

}  // namespace bitwhere
