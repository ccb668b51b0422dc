// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/condition.hpp>
#include <bitwhere/reduce.hpp>
#include <bitwhere/report.hpp>
#include <bitwhere/tensor.hpp>

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace bitwhere {

/// What becomes of the losses of elements; see bw_loss_reduction.
enum class loss_reduction : std::int32_t {
  mean = BW_LOSS_MEAN,
  sum = BW_LOSS_SUM,
  none = BW_LOSS_NONE,
  partial = BW_LOSS_PARTIAL,
  weights = BW_LOSS_WEIGHTS
};

/// What a mean is divided by; see bw_normaliser.
enum class normaliser : std::int32_t {
  usual = BW_NORMALISER_DEFAULT,
  weights = BW_NORMALISER_WEIGHTS,
  valid = BW_NORMALISER_VALID,
  all = BW_NORMALISER_ALL,
  given = BW_NORMALISER_GIVEN,
  tensor = BW_NORMALISER_TENSOR
};

/// A number for all elements, or a tensor that broadcasts to them, borrowed.
class number_or_view {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> number_or_view(T number)
      : number_(static_cast<double>(number)) {}
  number_or_view(const tensor_view& view) : view_(view) {}
  number_or_view(const tensor& owner) : view_(static_cast<const tensor_view&>(owner)) {}
  number_or_view(const std::optional<tensor_view>& view) : view_(view) {}
  number_or_view(std::nullopt_t) {}

  /// Of rank 0 in host memory where it is a number; it points into this object.
  [[nodiscard]] bw_tensor c() const {
    if (view_) return view_->c();
    return {const_cast<double*>(&number_), {BW_CPU, 0}, 0, f64, nullptr, nullptr, 0};
  }
  [[nodiscard]] bool is_one() const { return !view_ && number_ == 1; }

 private:
  double number_ = 1;
  std::optional<tensor_view> view_;
};

/// Options of binary losses; see bw_loss_options and bw_binary_loss_options. Tensors are borrowed.
struct binary_loss_options {
  std::optional<tensor_view> weight = std::nullopt;  ///< of each element, broadcast; none: 1
  number_or_view pos_weight = 1;  ///< of the positive part: a number, or a tensor, broadcast
  std::optional<condition> mask = std::nullopt;  ///< only elements for which it holds
  std::vector<std::int64_t> ignore = {};         ///< targets whose elements do not count
  loss_reduction reduction = loss_reduction::mean;
  normaliser over = normaliser::usual;
  double denominator = 0;  ///< of normaliser::given
  double denominator_eps = 0;
  empty_mean empty = empty_mean::nan;
  double eps = 1e-6;                         ///< of binary_cross_entropy_eps
  double alpha = 0.25;                       ///< of sigmoid_focal_loss; below 0: no balance
  double gamma = 2;                          ///< of sigmoid_focal_loss
  bool squared = false;                      ///< of soft_dice_loss
  std::int64_t first_element = 0;            ///< added to the report's index, for a shard
  std::optional<dtype> type = std::nullopt;  ///< of a sum or mean; none: that of x
  std::optional<tensor_view> gradient = std::nullopt;  ///< where that of x goes; may be x itself
  std::optional<tensor_view> upstream = std::nullopt;  ///< multiplies it: of the result; none: 1
  std::optional<tensor_view> divisor = std::nullopt;   ///< of normaliser::tensor, rank 0
};

namespace detail {

// The C struct of what all losses have in common, which points into itself and its arguments.
class c_loss_options {
 public:
  template <class Options>
  c_loss_options(const Options& from, const std::optional<tensor_view>& weight,
                 const std::vector<std::int64_t>& ignore) {
    if (from.mask) mask_.emplace(*from.mask);
    if (weight) weight_ = weight->c();
    if (from.gradient) gradient_ = from.gradient->c_output("gradient");
    if (from.upstream) upstream_ = from.upstream->c();
    if (from.divisor) divisor_ = from.divisor->c();
    c_ = {sizeof(bw_loss_options),
          mask_ ? mask_->get() : nullptr,
          weight ? &weight_ : nullptr,
          ignore.data(),
          ignore.size(),
          from.denominator,
          from.denominator_eps,
          from.first_element,
          static_cast<std::int32_t>(from.reduction),
          static_cast<std::int32_t>(from.over),
          static_cast<std::int32_t>(from.empty),
          0,
          from.gradient ? &gradient_ : nullptr,
          from.upstream ? &upstream_ : nullptr,
          from.divisor ? &divisor_ : nullptr};
  }
  c_loss_options(const c_loss_options&) = delete;
  c_loss_options& operator=(const c_loss_options&) = delete;
  [[nodiscard]] const bw_loss_options* get() const { return &c_; }

 private:
  std::optional<condition::c_tree> mask_;
  bw_tensor weight_ = {};
  bw_tensor gradient_ = {};
  bw_tensor upstream_ = {};
  bw_tensor divisor_ = {};
  bw_loss_options c_ = {};
};

// The C structs of binary_loss_options, which they point into.
class c_binary_loss_options {
 public:
  explicit c_binary_loss_options(const binary_loss_options& from)
      : loss_(from, from.weight, from.ignore) {
    pos_weight_ = from.pos_weight.c();
    binary_ = {sizeof(bw_binary_loss_options), from.pos_weight.is_one() ? nullptr : &pos_weight_,
               from.eps, from.alpha, from.gamma};
  }
  c_binary_loss_options(const c_binary_loss_options&) = delete;
  c_binary_loss_options& operator=(const c_binary_loss_options&) = delete;
  [[nodiscard]] const bw_loss_options* loss() const { return loss_.get(); }
  [[nodiscard]] const bw_binary_loss_options* binary() const { return &binary_; }

 private:
  c_loss_options loss_;
  bw_tensor pos_weight_ = {};
  bw_binary_loss_options binary_ = {};
};

inline void binary_loss(const context& on, bw_binary_loss_kind kind, const tensor_view& x,
                        const tensor_view& target, const binary_loss_options& options,
                        const bw_tensor& c_out, bw_report* report) {
  const c_binary_loss_options c_options(options);
  const bw_tensor c_x = x.c();
  const bw_tensor c_target = target.c();
  on.check(bw_binary_loss(on.get(), kind, &c_x, &c_target, c_options.binary(), c_options.loss(),
                          &c_out, report));
}

// A new tensor for what a reduction gives of elements of the shape `each`.
inline tensor loss_output(const context& on, const tensor_view& x, const shape_t& each,
                          loss_reduction by, std::optional<dtype> type) {
  if (by == loss_reduction::none) return {on, each, x.type()};
  if (by == loss_reduction::mean || by == loss_reduction::sum) {
    return {on, shape_t{}, type.value_or(x.type())};
  }
  std::int64_t words = 0;
  check(bw_loss_partial_words(x.type(), &words), nullptr);
  return {on, shape_t{words}, i64};
}

inline tensor binary_loss(const context& on, bw_binary_loss_kind kind, const tensor_view& x,
                          const tensor_view& target, const binary_loss_options& options,
                          bw_report* report) {
  tensor out =
      loss_output(on, x, {x.shape().begin(), x.shape().end()}, options.reduction, options.type);
  binary_loss(on, kind, x, target, options, out.c(), report);
  return out;
}

}  // namespace detail

/// How a partial of losses becomes their sum or mean; see bw_finish_loss.
struct finish_loss_options {
  loss_reduction reduction = loss_reduction::mean;
  normaliser over = normaliser::usual;
  double denominator = 0;  ///< of normaliser::given
  double denominator_eps = 0;
  std::optional<tensor_view> divisor = std::nullopt;  ///< of normaliser::tensor
  empty_mean empty = empty_mean::nan;
  /// None: f64 of losses of f64 and of weights, which a shard's gradient is divided by; else f32.
  std::optional<dtype> type = std::nullopt;
};

/// What is known of losses before it is rounded: partials of shards merge, in any order and
/// grouping, to the bits of one pass. The words, i64 on the device, are what any loss gives with
/// loss_reduction::partial; they may be stored and sent.
///   Example:  loss_partial all(cross_entropy(cpu, x, y, {.reduction = loss_reduction::partial}));
///             all.merge(cross_entropy(cpu, more, labels, {.reduction = loss_reduction::partial}));
///             float mean = all.finish().item<float>();
class loss_partial {
 public:
  explicit loss_partial(tensor words) : words_(std::move(words)) {}

  [[nodiscard]] const tensor& words() const { return words_; }

  /// Adds another, of losses of the same dtype with or without weights as these.
  void merge(const tensor_view& words) {
    const tensor here = to(words_.on(), words);
    const bw_tensor c_from = here.c();
    const bw_tensor c_into = words_.c();
    words_.on().check(bw_merge_partials(words_.on().get(), &c_from, &c_into));
  }
  void merge(const loss_partial& other) { merge(other.words_); }

  /// Rounds to a new tensor; the partial stays as it is. The report counts the bad elements of all
  /// shards; {1, -1} says that unlike partials were merged.
  [[nodiscard]] tensor finish(const finish_loss_options& how = {},
                              bw_report* report = nullptr) const {
    bw_loss_options c_how = {};
    c_how.struct_bytes = sizeof c_how;
    c_how.denominator = how.denominator;
    c_how.denominator_eps = how.denominator_eps;
    c_how.reduction = static_cast<std::int32_t>(how.reduction);
    c_how.normaliser = static_cast<std::int32_t>(how.over);
    c_how.empty_mean = static_cast<std::int32_t>(how.empty);
    bw_tensor c_divisor = {};
    if (how.divisor) {
      c_divisor = how.divisor->c();
      c_how.divisor = &c_divisor;
    }
    std::int64_t words_of_f64 = 0;
    detail::check(bw_loss_partial_words(f64, &words_of_f64), nullptr);
    const bool wide = words_.size() == words_of_f64 || how.reduction == loss_reduction::weights;
    const dtype usual = wide ? f64 : f32;
    tensor out(words_.on(), shape_t{}, how.type.value_or(usual));
    const bw_tensor c_words = words_.c();
    const bw_tensor c_out = out.c();
    words_.on().check(bw_finish_loss(words_.on().get(), &c_words, &c_how, &c_out, report));
    return out;
  }

 private:
  tensor words_;
};

// Losses of every element against a target in [0, 1], their weighted sum or mean: into a new
// tensor, or into the caller's. `report` lies on the device, or is null. The contract is
// bw_binary_loss's.

/// Of probabilities; logarithms are at least -100, as torch's.
///   Example:  binary_cross_entropy(cpu, p, target, {.mask = target != 255})
inline tensor binary_cross_entropy(const context& on, const tensor_view& x,
                                   const tensor_view& target,
                                   const binary_loss_options& options = {},
                                   bw_report* report = nullptr) {
  return detail::binary_loss(on, BW_BINARY_CROSS_ENTROPY, x, target, options, report);
}
inline void binary_cross_entropy(const context& on, const tensor_view& x, const tensor_view& target,
                                 const binary_loss_options& options, const tensor_view& out,
                                 bw_report* report = nullptr) {
  detail::binary_loss(on, BW_BINARY_CROSS_ENTROPY, x, target, options, out.c_output("out"), report);
}

/// Of probabilities; options.eps is added inside the logarithms.
inline tensor binary_cross_entropy_eps(const context& on, const tensor_view& x,
                                       const tensor_view& target,
                                       const binary_loss_options& options = {},
                                       bw_report* report = nullptr) {
  return detail::binary_loss(on, BW_BINARY_CROSS_ENTROPY_EPS, x, target, options, report);
}
inline void binary_cross_entropy_eps(const context& on, const tensor_view& x,
                                     const tensor_view& target, const binary_loss_options& options,
                                     const tensor_view& out, bw_report* report = nullptr) {
  detail::binary_loss(on, BW_BINARY_CROSS_ENTROPY_EPS, x, target, options, out.c_output("out"),
                      report);
}

/// Of logits, without overflow.
inline tensor binary_cross_entropy_with_logits(const context& on, const tensor_view& x,
                                               const tensor_view& target,
                                               const binary_loss_options& options = {},
                                               bw_report* report = nullptr) {
  return detail::binary_loss(on, BW_BINARY_CROSS_ENTROPY_WITH_LOGITS, x, target, options, report);
}
inline void binary_cross_entropy_with_logits(const context& on, const tensor_view& x,
                                             const tensor_view& target,
                                             const binary_loss_options& options,
                                             const tensor_view& out, bw_report* report = nullptr) {
  detail::binary_loss(on, BW_BINARY_CROSS_ENTROPY_WITH_LOGITS, x, target, options,
                      out.c_output("out"), report);
}

/// Of logits, with the easy elements turned down.
inline tensor sigmoid_focal_loss(const context& on, const tensor_view& x, const tensor_view& target,
                                 const binary_loss_options& options = {},
                                 bw_report* report = nullptr) {
  return detail::binary_loss(on, BW_SIGMOID_FOCAL, x, target, options, report);
}
inline void sigmoid_focal_loss(const context& on, const tensor_view& x, const tensor_view& target,
                               const binary_loss_options& options, const tensor_view& out,
                               bw_report* report = nullptr) {
  detail::binary_loss(on, BW_SIGMOID_FOCAL, x, target, options, out.c_output("out"), report);
}

/// 1 - Dice of probabilities, one number of all elements; options.denominator_eps smoothes it.
///   Example:  soft_dice_loss(cpu, p, target, {.mask = labels != 255, .denominator_eps = 1})
inline tensor soft_dice_loss(const context& on, const tensor_view& x, const tensor_view& target,
                             const binary_loss_options& options = {}, bw_report* report = nullptr) {
  return detail::binary_loss(on, options.squared ? BW_SOFT_DICE_SQUARED : BW_SOFT_DICE, x, target,
                             options, report);
}
inline void soft_dice_loss(const context& on, const tensor_view& x, const tensor_view& target,
                           const binary_loss_options& options, const tensor_view& out,
                           bw_report* report = nullptr) {
  detail::binary_loss(on, options.squared ? BW_SOFT_DICE_SQUARED : BW_SOFT_DICE, x, target, options,
                      out.c_output("out"), report);
}

}  // namespace bitwhere
