// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/condition.hpp>
#include <bitwhere/report.hpp>
#include <bitwhere/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bitwhere {

/// What a reduction computes; see bw_reducer.
enum class reducer : std::int32_t {
  sum = BW_SUM,
  mean = BW_MEAN,
  count = BW_COUNT,
  min = BW_MIN,
  max = BW_MAX,
  argmin = BW_ARGMIN,
  argmax = BW_ARGMAX,
  divisor = BW_DIVISOR
};

/// What the mean of nothing is.
enum class empty_mean : std::int32_t { nan = BW_EMPTY_NAN, zero = BW_EMPTY_ZERO };

/// Options of reductions; see bw_reduce_options.
struct reduce_options {
  /// Only elements for which it holds. It borrows its tensors.
  std::optional<condition> where = std::nullopt;
  std::vector<std::int32_t> dims = {};  ///< none: all of them
  bool keepdim = false;
  double denominator_eps = 0;  ///< of a mean: added to the number of elements; not negative
  empty_mean empty = empty_mean::nan;
  std::int64_t first_index = 0;  ///< of argmin and argmax: where this shard begins
  /// Of a new result; none: of sums and means of floats that of x, i64 of sums and f32 of means of
  /// integers.
  std::optional<dtype> type = std::nullopt;
};

namespace detail {

// The C struct of reduce_options, which it points into.
class c_reduce_options {
 public:
  explicit c_reduce_options(const reduce_options& from) {
    if (from.where) where_.emplace(*from.where);
    over_ = {sizeof(bw_reduction), from.dims.data(), from.dims.size(), from.keepdim ? 1 : 0, 0};
    c_ = {sizeof(bw_reduce_options),
          where_ ? where_->get() : nullptr,
          from.dims.empty() && !from.keepdim ? nullptr : &over_,
          from.denominator_eps,
          from.first_index,
          static_cast<std::int32_t>(from.empty),
          0};
  }
  c_reduce_options(const c_reduce_options&) = delete;
  c_reduce_options& operator=(const c_reduce_options&) = delete;
  [[nodiscard]] const bw_reduce_options* get() const { return &c_; }

 private:
  std::optional<condition::c_tree> where_;
  bw_reduction over_;
  bw_reduce_options c_;
};

struct reduced {
  dtype type;
  shape_t shape;
};

inline reduced result_of(reducer by, const bw_tensor& x, const bw_reduce_options* options) {
  bw_dtype type = {};
  std::int32_t ndim = 0;
  std::int64_t shape[BW_MAX_RANK] = {};
  check(bw_reduce_result(static_cast<std::int32_t>(by), &x, options, &type, &ndim, shape), nullptr);
  return {type, {shape, shape + ndim}};
}

}  // namespace detail

/// Reduces the elements of x that a condition selects, into the caller's tensor, whose dtype is
/// that of the result; `report` lies on the device, or is null: how many outputs had nothing to
/// reduce. No wait on cuda. The contract is bw_reduce's.
///   Example:  reduce(gpu, reducer::max, x, {.where = x < 9, .dims = {1}}, out)
inline void reduce(const context& on, reducer by, const tensor_view& x,
                   const reduce_options& options, const tensor_view& out,
                   bw_report* report = nullptr) {
  const detail::c_reduce_options c_options(options);
  const bw_tensor c_x = x.c();
  const bw_tensor c_out = out.c_output("out");
  on.check(
      bw_reduce(on.get(), static_cast<std::int32_t>(by), &c_x, c_options.get(), &c_out, report));
}

/// The same into a new tensor: the shape of x and the condition without the reduced dimensions.
inline tensor reduce(const context& on, reducer by, const tensor_view& x,
                     const reduce_options& options = {}, bw_report* report = nullptr) {
  const detail::c_reduce_options c_options(options);
  const bw_tensor c_x = x.c();
  const detail::reduced result = detail::result_of(by, c_x, c_options.get());
  tensor out(on, result.shape, options.type.value_or(result.type));
  const bw_tensor c_out = out.c();
  on.check(
      bw_reduce(on.get(), static_cast<std::int32_t>(by), &c_x, c_options.get(), &c_out, report));
  return out;
}

/// The exact sum, rounded once; of integers i64 modulo 2^64.
///   Example:  sum(cpu, x, {.where = isfinite(x)}).item<float>()
inline tensor sum(const context& on, const tensor_view& x, const reduce_options& options = {}) {
  return reduce(on, reducer::sum, x, options);
}
inline void sum(const context& on, const tensor_view& x, const reduce_options& options,
                const tensor_view& out, bw_report* report = nullptr) {
  reduce(on, reducer::sum, x, options, out, report);
}

/// The exact sum by the number of elements.
///   Example:  mean(cpu, loss, {.where = label == 1})
inline tensor mean(const context& on, const tensor_view& x, const reduce_options& options = {}) {
  return reduce(on, reducer::mean, x, options);
}
inline void mean(const context& on, const tensor_view& x, const reduce_options& options,
                 const tensor_view& out, bw_report* report = nullptr) {
  reduce(on, reducer::mean, x, options, out, report);
}

/// How many elements the condition selects, i64: as count_nonzero of the condition, over the shape
/// that x and the condition have together.
inline tensor count(const context& on, const tensor_view& x, const reduce_options& options = {}) {
  return reduce(on, reducer::count, x, options);
}
inline void count(const context& on, const tensor_view& x, const reduce_options& options,
                  const tensor_view& out, bw_report* report = nullptr) {
  reduce(on, reducer::count, x, options, out, report);
}

/// The smallest and the largest element, in the dtype of x; NaN wins. Named as torch's functions
/// that take several dimensions: `min` and `max` would stand beside std's where both namespaces are
/// in use.
inline tensor amin(const context& on, const tensor_view& x, const reduce_options& options = {}) {
  return reduce(on, reducer::min, x, options);
}
inline void amin(const context& on, const tensor_view& x, const reduce_options& options,
                 const tensor_view& out, bw_report* report = nullptr) {
  reduce(on, reducer::min, x, options, out, report);
}
inline tensor amax(const context& on, const tensor_view& x, const reduce_options& options = {}) {
  return reduce(on, reducer::max, x, options);
}
inline void amax(const context& on, const tensor_view& x, const reduce_options& options,
                 const tensor_view& out, bw_report* report = nullptr) {
  reduce(on, reducer::max, x, options, out, report);
}

/// Where the smallest and the largest element stand, i64: row-major among the reduced dimensions,
/// of all elements. argmax(on, x, dim), with a number, is that of label maps: metrics.hpp.
inline tensor argmin(const context& on, const tensor_view& x, const reduce_options& options = {}) {
  return reduce(on, reducer::argmin, x, options);
}
inline void argmin(const context& on, const tensor_view& x, const reduce_options& options,
                   const tensor_view& out, bw_report* report = nullptr) {
  reduce(on, reducer::argmin, x, options, out, report);
}
inline tensor argmax(const context& on, const tensor_view& x, const reduce_options& options = {}) {
  return reduce(on, reducer::argmax, x, options);
}
inline void argmax(const context& on, const tensor_view& x, const reduce_options& options,
                   const tensor_view& out, bw_report* report = nullptr) {
  reduce(on, reducer::argmax, x, options, out, report);
}

/// What is known of each output before it is rounded: partials of shards merge, in any order and
/// grouping, and finish to the bits of one pass over all of them. The contract is
/// bw_reduce_partial's.
///   Example:  partial all(cpu, reducer::mean, first);
///             all.merge(partial(cpu, reducer::mean, second));
///             all.finish().item<float>()
class partial {
 public:
  /// Of a tensor. What finish needs of the options (denominator_eps, empty, type) is kept.
  partial(const context& on, reducer by, const tensor_view& x, const reduce_options& options = {})
      : partial(by, x.type(), options, made(on, by, x, options)) {}

  /// Of words that came from elsewhere: stored, sent. They are copied to the device of `on`, from
  /// there or from host memory; `of` is the dtype of what was reduced.
  partial(const context& on, reducer by, dtype of, const tensor_view& words,
          const reduce_options& options = {})
      : partial(by, of, options, to(on, words)) {}

  [[nodiscard]] reducer by() const { return by_; }
  /// The dtype of what was reduced.
  [[nodiscard]] dtype of() const { return of_; }
  /// i64, contiguous on the device: the shape of the result and the words of a partial.
  [[nodiscard]] const tensor& words() const { return words_; }

  /// Adds another one, of the same kind and shape. From another device it is copied first, which
  /// waits.
  void merge(const partial& other) {
    if (other.words_.on().get() == words_.on().get()) {
      merge_words(other.words_);
    } else {
      merge_words(to(words_.on(), other.words_));
    }
  }

  /// What bw_finish_partials takes for no partial at all, or for one of another kind: how many
  /// outputs, and the first of them. Brings the words to the host and waits.
  [[nodiscard]] bw_report broken() const {
    const context host({.device = "cpu", .threads = 1});
    const data_report found(host);
    const partial all(by_, of_, {}, counting_something(to(host, words_)));
    all.finish_reported(empty(host, all.result_shape(), usual_type(by_, of_)), found.c());
    return found.host();
  }

  /// Rounds to a new tensor; the partial stays as it is. A report counts broken outputs with those
  /// of nothing; without one they throw errc::data_error, which waits.
  [[nodiscard]] tensor finish(bw_report* report = nullptr) const {
    tensor out(words_.on(), result_shape(), type_);
    finish(out, report);
    return out;
  }
  /// The same into the caller's tensor. With a report no wait on cuda.
  void finish(const tensor_view& out, bw_report* report = nullptr) const {
    if (report != nullptr) {
      finish_reported(out, report);
      return;
    }
    const data_report found(words_.on());
    finish_reported(out, found.c());
    // As a rule nothing is reported, and no word is looked at.
    if (found.count() != 0) require_none_broken();
  }

 private:
  friend partial merge_partials(const context& on, std::span<const partial> parts);

  partial(reducer by, dtype of, const reduce_options& options, tensor words)
      : by_(by),
        of_(of),
        denominator_eps_(options.denominator_eps),
        empty_(options.empty),
        type_(options.type.value_or(usual_type(by, of))),
        words_(std::move(words)) {
    if (words_.rank() == 0) throw error(errc::invalid_shape, "words: a partial has more than one");
  }

  [[nodiscard]] shape_t result_shape() const {
    return {words_.shape().begin(), words_.shape().end() - 1};
  }

  void finish_reported(const tensor_view& out, bw_report* report) const {
    bw_reduce_options options = {};
    options.struct_bytes = sizeof options;
    options.denominator_eps = denominator_eps_;
    options.empty_mean = static_cast<std::int32_t>(empty_);
    const bw_tensor c_words = words_.c();
    const bw_tensor c_out = out.c_output("out");
    const context& on = words_.on();
    on.check(bw_finish_partials(on.get(), static_cast<std::int32_t>(by_), &c_words, of_, &options,
                                &c_out, report));
  }

  void require_none_broken() const {
    const bw_report found = broken();
    if (found.count == 0) return;
    throw error(errc::data_error,
                std::to_string(found.count) +
                    " partials are of another kind than what they finish to, or none at all; the "
                    "first is that of output " +
                    std::to_string(found.first_index));
  }

  // Partials of nothing, which are reported as broken ones are, turned into some of something.
  [[nodiscard]] tensor counting_something(tensor words) const {
    const partial none(words.on(), by_, tensor_view(nullptr, of_, shape_t{0}));
    const auto like = none.words_.span<const std::int64_t>();
    const auto all = words.span<std::int64_t>();
    if (words.shape().back() != static_cast<std::int64_t>(like.size())) {
      throw error(errc::invalid_shape, "words: a partial has " + std::to_string(like.size()));
    }
    for (std::size_t at = 0; at < all.size(); at += like.size()) {
      const auto each = all.subspan(at, like.size());
      const bool zeros = std::ranges::all_of(each, [](std::int64_t word) { return word == 0; });
      if (zeros) std::ranges::copy(like, each.begin());
      if (each[1] == 0) each[1] = 1;
    }
    return words;
  }

  static tensor made(const context& on, reducer by, const tensor_view& x,
                     const reduce_options& options) {
    const detail::c_reduce_options c_options(options);
    const bw_tensor c_x = x.c();
    shape_t shape = detail::result_of(by, c_x, c_options.get()).shape;
    std::int64_t words = 0;
    detail::check(bw_partial_words(static_cast<std::int32_t>(by), x.type(), &words), nullptr);
    shape.push_back(words);
    tensor out(on, shape, i64);
    const bw_tensor c_out = out.c();
    on.check(
        bw_reduce_partial(on.get(), static_cast<std::int32_t>(by), &c_x, c_options.get(), &c_out));
    return out;
  }

  // Of a tensor without elements: the dtype is all that counts.
  static dtype usual_type(reducer by, dtype of) {
    const tensor_view none(nullptr, of, shape_t{0});
    return detail::result_of(by, none.c(), nullptr).type;
  }

  void merge_words(const tensor_view& from) {
    const bw_tensor c_from = from.c();
    const bw_tensor c_into = words_.c();
    const context& on = words_.on();
    on.check(bw_merge_partials(on.get(), &c_from, &c_into));
  }

  reducer by_;
  dtype of_;
  double denominator_eps_;
  empty_mean empty_;
  dtype type_;
  tensor words_;
};

/// A partial of all that `parts`, at least one, are partials of: in any order, of one kind and
/// shape, from any device. It has the options of the first; the parts stay as they are.
///   Example:  merge_partials(cpu, parts).finish()
inline partial merge_partials(const context& on, std::span<const partial> parts) {
  if (parts.empty()) throw error(errc::invalid_argument, "parts: there are none to merge");
  const partial& first = parts.front();
  partial all(first.by_, first.of_, {}, to(on, first.words_));
  all.denominator_eps_ = first.denominator_eps_;
  all.empty_ = first.empty_;
  all.type_ = first.type_;
  for (const partial& next : parts.subspan(1)) all.merge(next);
  return all;
}

}  // namespace bitwhere
