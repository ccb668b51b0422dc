// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "label_plan.hpp"

#include "broadcast.hpp"
#include "collapse.hpp"
#include "failure.hpp"
#include "labels.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "pixel_plan.hpp"
#include "scalar.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

[[noreturn]] void refuse(bw_status status, const std::string& text) { throw failure(status, text); }

bool checked_accumulate(const bw_label_options& options) {
  if (options.accumulate != 0 && options.accumulate != 1) {
    refuse(BW_INVALID_ARGUMENT,
           "options: accumulate is " + std::to_string(options.accumulate) + ", neither 0 nor 1");
  }
  return options.accumulate != 0;
}

}  // namespace

confusion_plan plan_confusion(const placement& on, const bw_tensor* prediction,
                              const bw_tensor* target, const bw_label_options* options,
                              const bw_tensor* counts, bw_report* report) {
  check_struct(options, "options");
  const bw_label_options& o = *options;
  if (o.classes < 1 || o.classes > max_classes) {
    refuse(BW_INVALID_ARGUMENT, "options: classes is " + std::to_string(o.classes) +
                                    ", not in 1.." + std::to_string(max_classes));
  }
  confusion_plan plan;
  plan.accumulate = checked_accumulate(o);
  pixels read = plan_pixels(on, prediction, target, o, plan.args.pixels);
  if (plan.args.pixels.from_scores && read.classes != o.classes) {
    refuse(BW_INVALID_SHAPE, "prediction has scores of " + std::to_string(read.classes) +
                                 " classes, options.classes is " + std::to_string(o.classes));
  }
  check_first_element(o.first_element, plan.args.pixels.s.elements);
  plan.args.classes = static_cast<int32_t>(o.classes);
  plan.args.first_element = o.first_element;
  const shape square = {.rank = 2, .extent = {o.classes, o.classes}};
  const tensor c = checked_counts(on, counts, "counts", square, read.inputs);
  plan.counts = reinterpret_cast<int64_t*>(c.data);
  read.inputs.push_back(c);
  plan.report = checked_report(on, report, read.inputs.data(), read.inputs.size());
  plan.bytes = read.bytes + 8 * o.classes * o.classes;
  return plan;
}

accuracy_plan plan_accuracy(const placement& on, const bw_tensor* prediction,
                            const bw_tensor* target, const bw_label_options* options,
                            const bw_tensor* counts) {
  check_struct(options, "options");
  accuracy_plan plan;
  plan.accumulate = checked_accumulate(*options);
  const pixels read = plan_pixels(on, prediction, target, *options, plan.args.pixels);
  const shape two = {.rank = 1, .extent = {2}};
  plan.counts = reinterpret_cast<kernels::accuracy_counts*>(
      checked_counts(on, counts, "counts", two, read.inputs).data);
  plan.bytes = read.bytes + 16;
  return plan;
}

argmax_plan plan_argmax(const placement& on, const bw_tensor* x, int32_t dim,
                        const bw_tensor* out) {
  const tensor from = checked(x, "x");
  if (!is_score_dtype(from.type)) {
    refuse(BW_INVALID_DTYPE,
           std::string("x: is ") + name_of(from.type) + ", not f16, bf16, f32 or f64");
  }
  argmax_plan plan;
  kernels::argmax_args& args = plan.args;
  const shape pixels = take_classes(from, dim, "dim", args.scores);
  const dtype type = checked(out, "out").type;
  if (!is_label_dtype(type)) {
    refuse(BW_INVALID_DTYPE,
           std::string("out: indices are u8, i8, i16, i32 or i64, not ") + name_of(type));
  }
  const tensor to = checked_output(on, out, "out", type, pixels);
  if (args.scores.classes - 1 > integer_limits(type).high) {
    refuse(BW_OUT_OF_RANGE, std::string("out: ") + name_of(type) + " cannot hold index " +
                                std::to_string(args.scores.classes - 1));
  }
  require_reachable(on, from);
  require_apart(to, from);
  if (to.elements == 0) return plan;
  args.kind = label_kind_of(to);
  fill_space(pixels, to.elements, args.s);
  args.out.data = to.data;
  broadcast_strides(to, pixels, args.out.stride_bytes);
  strided operands[] = {
      {args.out.stride_bytes, bytes_of(type), &args.out.reach},
      {args.scores.values.stride_bytes, bytes_of(from.type), &args.scores.values.reach}};
  collapse(args.s, operands, 2, order::logical);
  plan.bytes = from.elements * bytes_of(from.type) + to.elements * bytes_of(type);
  return plan;
}

}  // namespace bitwhere::plan
