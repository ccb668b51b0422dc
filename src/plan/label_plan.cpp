// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "label_plan.hpp"

#include <algorithm>

#include "broadcast.hpp"
#include "collapse.hpp"
#include "failure.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "scalar.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

static_assert(sizeof(kernels::report) == sizeof(bw_report));
static_assert(kernels::max_ignore == BW_MAX_IGNORE);

[[noreturn]] void refuse(bw_status status, const std::string& text) { throw failure(status, text); }

kernels::label_kind kind_of(const tensor& t) {
  switch (t.type) {
    case dtype::u8:
      return kernels::label_kind::u8;
    case dtype::i8:
      return kernels::label_kind::i8;
    case dtype::i16:
      return kernels::label_kind::i16;
    case dtype::i32:
      return kernels::label_kind::i32;
    case dtype::i64:
      return kernels::label_kind::i64;
    default:
      refuse(BW_INVALID_DTYPE,
             std::string(t.name) + ": labels are u8, i8, i16, i32 or i64, not " + name_of(t.type));
  }
}

const bw_label_options& checked_options(const bw_label_options* options) {
  check_struct(options, "options");
  if (options->ignore == nullptr && options->ignore_count != 0) {
    refuse(BW_INVALID_ARGUMENT, "options: ignore is NULL though ignore_count is not 0");
  }
  if (options->ignore_count > BW_MAX_IGNORE) {
    refuse(BW_INVALID_ARGUMENT, "options: ignore_count " + std::to_string(options->ignore_count) +
                                    " is above " + std::to_string(BW_MAX_IGNORE));
  }
  if (options->accumulate != 0 && options->accumulate != 1) {
    refuse(BW_INVALID_ARGUMENT,
           "options: accumulate is " + std::to_string(options->accumulate) + ", neither 0 nor 1");
  }
  return *options;
}

// Indices of the report must stay numbers: -1 means none.
void check_first_element(int64_t first, int64_t elements) {
  int64_t end = 0;
  if (first >= 0 && !__builtin_add_overflow(first, elements, &end)) return;
  refuse(BW_INVALID_ARGUMENT, "options: first_element " + std::to_string(first) +
                                  " is negative or overflows with the elements of the maps");
}

// Keeps what the target can hold at all, each value once.
void fill_ignore(const bw_label_options& options, dtype target, kernels::ignore_list& to) {
  const limits range = integer_limits(target);
  int64_t* end = to.value;
  for (size_t i = 0; i < options.ignore_count; ++i) {
    const int64_t value = options.ignore[i];
    if (value < range.low || value > range.high) continue;
    if (std::find(to.value, end, value) == end) *end++ = value;
  }
  to.count = static_cast<int32_t>(end - to.value);
}

// The common part of both metrics: two label maps of one shape, walked in logical order.
template <class Args>
int64_t fill_labels(const placement& on, const bw_tensor* prediction, const bw_tensor* target,
                    const bw_label_options& options, Args& args) {
  const tensor p = checked(prediction, "prediction");
  const tensor t = checked(target, "target");
  args.prediction.kind = kind_of(p);
  args.target.kind = kind_of(t);
  if (!(p.shape == t.shape)) {
    refuse(BW_INVALID_SHAPE,
           "prediction has shape " + describe(p.shape) + ", target has " + describe(t.shape));
  }
  require_reachable(on, p);
  require_reachable(on, t);
  fill_ignore(options, t.type, args.ignore);
  fill_space(t.shape, t.elements, args.s);
  if (t.elements == 0) return 0;
  args.prediction.values.data = p.data;
  args.target.values.data = t.data;
  broadcast_strides(p, t.shape, args.prediction.values.stride_bytes);
  broadcast_strides(t, t.shape, args.target.values.stride_bytes);
  strided operands[] = {
      {args.target.values.stride_bytes, bytes_of(t.type), &args.target.values.reach},
      {args.prediction.values.stride_bytes, bytes_of(p.type), &args.prediction.values.reach},
  };
  collapse(args.s, operands, 2, order::logical);
  return t.elements * (bytes_of(p.type) + bytes_of(t.type));
}

// An i64 output of exactly this shape, contiguous and apart from the label maps.
int64_t* checked_counts(const placement& on, const bw_tensor* counts, const shape& expected,
                        const bw_tensor* prediction, const bw_tensor* target) {
  const tensor c = checked_output(on, counts, "counts", dtype::i64, expected);
  if (!contiguous(c)) refuse(BW_INVALID_SHAPE, "counts: must be row-major contiguous");
  if (reinterpret_cast<uintptr_t>(c.data) % alignof(int64_t) != 0) {
    refuse(BW_INVALID_ARGUMENT, "counts: must be aligned to 8 bytes");
  }
  // Counts are written while labels are read: not even the same elements may be shared.
  for (const tensor& labels : {checked(prediction, "prediction"), checked(target, "target")}) {
    require_apart(c, labels);
  }
  return reinterpret_cast<int64_t*>(c.data);
}

}  // namespace

confusion_plan plan_confusion(const placement& on, const bw_tensor* prediction,
                              const bw_tensor* target, const bw_label_options* options,
                              const bw_tensor* counts, bw_report* report) {
  const bw_label_options& o = checked_options(options);
  if (o.classes < 1 || o.classes > max_classes) {
    refuse(BW_INVALID_ARGUMENT, "options: classes is " + std::to_string(o.classes) +
                                    ", not in 1.." + std::to_string(max_classes));
  }
  confusion_plan plan;
  plan.bytes = fill_labels(on, prediction, target, o, plan.args);
  check_first_element(o.first_element, plan.args.s.elements);
  plan.args.classes = static_cast<int32_t>(o.classes);
  plan.args.first_element = o.first_element;
  const shape square = {.rank = 2, .extent = {o.classes, o.classes}};
  plan.counts = checked_counts(on, counts, square, prediction, target);
  const tensor reported = checked_counters(on, report, 2, "report");
  for (const tensor& other :
       {checked(prediction, "prediction"), checked(target, "target"), checked(counts, "counts")}) {
    require_apart(reported, other);
  }
  plan.report = reinterpret_cast<kernels::report*>(report);
  plan.accumulate = o.accumulate != 0;
  plan.bytes += 8 * o.classes * o.classes;
  return plan;
}

accuracy_plan plan_accuracy(const placement& on, const bw_tensor* prediction,
                            const bw_tensor* target, const bw_label_options* options,
                            const bw_tensor* counts) {
  const bw_label_options& o = checked_options(options);
  accuracy_plan plan;
  plan.bytes = fill_labels(on, prediction, target, o, plan.args);
  const shape two = {.rank = 1, .extent = {2}};
  plan.counts = reinterpret_cast<kernels::accuracy_counts*>(
      checked_counts(on, counts, two, prediction, target));
  plan.accumulate = o.accumulate != 0;
  plan.bytes += 16;
  return plan;
}

}  // namespace bitwhere::plan
