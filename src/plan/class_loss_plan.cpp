// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "class_loss_plan.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "broadcast.hpp"
#include "failure.hpp"
#include "label_plan.hpp"
#include "labels.hpp"
#include "loss_options.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "pixel_plan.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

using kernels::class_loss;
using kernels::normaliser;

static_assert(static_cast<int32_t>(class_loss::nll) == BW_NLL);

[[noreturn]] void refuse(bw_status status, const std::string& text) { throw failure(status, text); }

bw_class_loss_options checked_options(class_loss of, const bw_class_loss_options* options,
                                      const tensor& x) {
  bw_class_loss_options out = {};
  out.struct_bytes = sizeof out;
  out.class_dim = x.shape.rank > 1 ? 1 : 0;
  if (options == nullptr) return out;
  check_struct(options, "options");
  out = *options;
  if (!(out.label_smoothing >= 0 && out.label_smoothing <= 1)) {
    refuse(BW_INVALID_ARGUMENT,
           "options: label_smoothing " + describe(out.label_smoothing) + " is not in 0..1");
  }
  if (of == class_loss::nll && out.label_smoothing != 0) {
    refuse(BW_INVALID_ARGUMENT, "options: label_smoothing is for BW_CROSS_ENTROPY");
  }
  if (out.accumulate != 0 && out.accumulate != 1) {
    refuse(BW_INVALID_ARGUMENT,
           "options: accumulate is " + std::to_string(out.accumulate) + ", neither 0 nor 1");
  }
  return out;
}

struct inputs {
  tensor x;
  tensor target;
  tensor class_weight;
  tensor weight;
  tensor divisor;
  struct condition condition;
  struct shape pixels;
  int64_t elements = 0;
  gradient_tensors gradient;

  // Everything that is read beside x.
  std::vector<tensor> others(const kernels::class_loss_args& args) const {
    std::vector<tensor> out = {target};
    if (args.class_weighted) out.push_back(class_weight);
    if (args.weighted) out.push_back(weight);
    for (const condition_tensor& t : condition.tensors) out.push_back(t.values);
    if (divisor.elements != 0) out.push_back(divisor);
    gradient.add_read(out);
    return out;
  }
};

void read_scores(const placement& on, const bw_tensor* x, inputs& in) {
  in.x = checked(x, "x");
  require_floating(in.x);
  require_reachable(on, in.x);
}

void read_target(const placement& on, const bw_tensor* target, const bw_class_loss_options& options,
                 inputs& in, kernels::class_loss_args& args) {
  in.pixels = take_classes(in.x, options.class_dim, "options: class_dim", args.x);
  if (args.x.classes > kernels::max_loss_classes) {
    refuse(BW_INVALID_SHAPE, "x: has " + std::to_string(args.x.classes) + " classes, above " +
                                 std::to_string(kernels::max_loss_classes));
  }
  in.elements = elements_of(in.pixels, "x");
  in.target = checked(target, "target");
  require_reachable(on, in.target);
  args.by_labels = !is_floating(in.target.type);
  if (args.by_labels) {
    args.target.kind = label_kind_of(in.target);
    if (in.target.shape == in.pixels) return;
    refuse(BW_INVALID_SHAPE, "target: labels have shape " + describe(in.target.shape) +
                                 ", x without its classes " + describe(in.pixels));
  }
  if (args.of == class_loss::nll) {
    refuse(BW_INVALID_DTYPE, std::string("target: labels are u8, i8, i16, i32 or i64, not ") +
                                 name_of(in.target.type));
  }
  if (!(in.target.shape == in.x.shape)) {
    refuse(BW_INVALID_SHAPE, "target: probabilities have shape " + describe(in.target.shape) +
                                 ", which is not that of x, " + describe(in.x.shape));
  }
  take_classes(in.target, options.class_dim, "options: class_dim", args.probabilities);
}

void read_weights(const placement& on, const bw_class_loss_options& options,
                  const bw_loss_options& loss, inputs& in, kernels::class_loss_args& args) {
  args.class_weighted = options.class_weight != nullptr;
  if (args.class_weighted) {
    tensor& w = in.class_weight;
    w = checked(options.class_weight, "class_weight");
    require_floating(w);
    require_reachable(on, w);
    const shape expected = {.rank = 1, .extent = {args.x.classes}};
    if (!(w.shape == expected)) {
      refuse(BW_INVALID_SHAPE,
             "class_weight: has shape " + describe(w.shape) + ", not " + describe(expected));
    }
    args.class_weight = {w.data, w.type, w.stride_bytes[0]};
  }
  args.weighted = loss.weight != nullptr;
  if (args.weighted) {
    in.weight = checked(loss.weight, "weight");
    require_floating(in.weight);
    require_broadcast_to(in.weight, in.pixels, "the pixels");
  }
  place_or_clear(on, args.weighted, in.weight, in.pixels, args.weight);
}

void read_mask(const placement& on, const bw_loss_options& loss, inputs& in,
               kernels::class_loss_args& args) {
  args.conditional = loss.mask != nullptr;
  in.condition = plan_optional_condition(loss.mask, args.condition);
  for (const condition_tensor& t : in.condition.tensors) {
    require_broadcast_to(t.values, in.pixels, "the pixels");
  }
  place_condition(on, in.condition, in.pixels, args.condition);
}

void read_ignored(const bw_loss_options& loss, const inputs& in, kernels::class_loss_args& args) {
  if (args.by_labels) {
    fill_ignore(loss.ignore, loss.ignore_count, in.target.type, args.ignore);
    return;
  }
  if (loss.ignore_count != 0) {
    refuse(BW_INVALID_ARGUMENT, "options: ignore is for labels, and the target has probabilities");
  }
}

// The counts of predictions, which only labels have.
void plan_counts(const placement& on, const bw_tensor* confusion, const bw_tensor* agreement,
                 const std::vector<tensor>& read, std::vector<tensor>& written,
                 class_loss_plan& plan) {
  plan.args.counts = confusion != nullptr || agreement != nullptr;
  if (plan.args.counts && !plan.args.by_labels) {
    refuse(BW_INVALID_ARGUMENT, "confusion, agreement: are for labels");
  }
  const int64_t classes = plan.args.x.classes;
  if (confusion != nullptr) {
    if (classes > max_classes) {
      refuse(BW_INVALID_SHAPE, "confusion: is for up to " + std::to_string(max_classes) +
                                   " classes, not " + std::to_string(classes));
    }
    const shape square = {.rank = 2, .extent = {classes, classes}};
    written.push_back(checked_counts(on, confusion, "confusion", square, read));
    plan.confusion = reinterpret_cast<int64_t*>(written.back().data);
  }
  if (agreement != nullptr) {
    const shape two = {.rank = 1, .extent = {2}};
    written.push_back(checked_counts(on, agreement, "agreement", two, read));
    plan.agreement = reinterpret_cast<kernels::accuracy_counts*>(written.back().data);
  }
}

void lay_out(const inputs& in, kernels::class_loss_args& args) {
  fill_space(in.pixels, in.elements, args.s);
  strided operands[5 + 2 * kernels::max_leaves];
  int count = 0;
  kernels::loss_gradient_args& gradient = args.gradient;
  if (gradient.wanted) {
    operands[count++] = {gradient.to.stride_bytes, bytes_of(in.x.type), &gradient.to.reach};
  }
  if (gradient.each) {
    kernels::operand& upstream = gradient.upstream;
    operands[count++] = {upstream.stride_bytes, bytes_of(upstream.type), &upstream.reach};
  }
  operands[count++] = {args.x.values.stride_bytes, bytes_of(in.x.type), &args.x.values.reach};
  kernels::operand& target = args.by_labels ? args.target.values : args.probabilities.values;
  if (args.by_labels) {
    target.data = in.target.data;
    broadcast_strides(in.target, in.pixels, target.stride_bytes);
  }
  operands[count++] = {target.stride_bytes, bytes_of(in.target.type), &target.reach};
  if (args.weight.data != nullptr) {
    operands[count++] = {args.weight.stride_bytes, bytes_of(args.weight.type), &args.weight.reach};
  }
  if (args.conditional) count = gather_operands(args.condition, operands, count);
  collapse(args.s, operands, count, order::logical);
  gather_splat(gradient.to);
}

// The bytes of the logits, and of probabilities, that are read: of more classes than a tile, again
// for what takes the sum over all of them.
int64_t bytes_of_classes(const inputs& in, const kernels::class_loss_args& args) {
  const bool targets_alone = args.of == class_loss::nll && !args.counts;
  const bool logits = args.of == class_loss::cross_entropy;
  const bool again = args.x.classes > kernels::class_tile;
  const int64_t for_products = again && sums_products(args) ? 1 : 0;
  const int64_t for_gradient = again && args.gradient.wanted && logits ? 1 : 0;
  const int64_t once = (targets_alone ? in.elements : in.x.elements) * bytes_of(in.x.type);
  const int64_t of_target = args.by_labels ? 0 : in.target.elements * bytes_of(in.target.type);
  return (1 + for_products + for_gradient) * once + (1 + for_gradient) * of_target;
}

// The bytes of what decides which pixels count, and what they weigh.
int64_t bytes_deciding(const inputs& in, const kernels::class_loss_args& args) {
  int64_t bytes = args.by_labels ? in.target.elements * bytes_of(in.target.type) : 0;
  if (args.class_weighted) bytes += args.x.classes * bytes_of(in.class_weight.type);
  reading all[1 + 2 * kernels::max_leaves];
  size_t count = 0;
  if (args.weighted) all[count++] = {&in.weight, &args.weight};
  if (args.conditional) count = gather_readings(in.condition, args.condition, all, count);
  return bytes + bytes_read(all, count);
}

int64_t bytes_of_inputs(const inputs& in, const kernels::class_loss_args& args) {
  const int64_t deciding = bytes_deciding(in, args);
  if (args.finish.by == kernels::loss_reduction::weights) return deciding;
  int64_t bytes = bytes_of_classes(in, args) + deciding;
  if (!args.gradient.wanted) return bytes;
  if (in.gradient.has_upstream) {
    bytes += in.gradient.upstream.elements * bytes_of(in.gradient.upstream.type);
  }
  // What decides the denominator is read first.
  return takes_sums(args.finish) ? bytes + deciding : bytes;
}

}  // namespace

const char* class_loss_plan::operation() const {
  return args.of == class_loss::nll ? "nll_loss" : "cross_entropy";
}

class_loss_plan plan_class_loss(const placement& on, int32_t kind, const bw_tensor* x,
                                const bw_tensor* target, const bw_class_loss_options* options,
                                const bw_loss_options* loss, const bw_tensor* out,
                                const bw_tensor* confusion, const bw_tensor* agreement,
                                bw_report* report) {
  if (kind < BW_CROSS_ENTROPY || kind > BW_NLL) {
    refuse(BW_INVALID_ARGUMENT, "kind: " + std::to_string(kind) + " is no bw_class_loss_kind");
  }
  class_loss_plan plan;
  kernels::class_loss_args& args = plan.args;
  args.of = static_cast<class_loss>(kind);
  const bw_loss_options how = checked_loss(loss);
  inputs in;
  read_scores(on, x, in);
  const bw_class_loss_options numbers = checked_options(args.of, options, in.x);
  read_target(on, target, numbers, in, args);
  read_weights(on, numbers, how, in, args);
  read_mask(on, how, in, args);
  read_ignored(how, in, args);
  check_first_element(how.first_element, in.elements);
  args.first_element = how.first_element;
  args.smoothing = numbers.label_smoothing;
  plan.accumulate = numbers.accumulate != 0;

  plan.out = checked_loss_output(on, out, in.x.type, in.pixels, how.reduction);
  const bool weighted = args.weighted || (args.by_labels && args.class_weighted);
  in.divisor = checked_divisor(on, how);
  args.finish =
      plan_loss_finish(how, in.divisor, args.by_labels ? normaliser::weights : normaliser::valid,
                       weighted, in.x, in.elements, plan.out);
  in.gradient = plan_gradient(on, how, in.x, in.pixels, args.gradient);
  const std::vector<tensor> others = in.others(args);
  std::vector<tensor> read = others;
  read.push_back(in.x);
  require_apart(plan.out, read);
  std::vector<tensor> written;
  plan_counts(on, confusion, agreement, read, written, plan);
  require_apart(plan.out, written);
  if (written.size() == 2) require_apart(written[0], written[1]);
  written.push_back(plan.out);
  if (args.gradient.wanted) {
    require_apart(in.gradient.to, others);
    require_apart(in.gradient.to, written);
    written.push_back(in.gradient.to);
    kernels::class_scores places;
    take_classes(in.gradient.to, numbers.class_dim, "options: class_dim", places);
    args.gradient.to.data = in.gradient.to.data;
    args.gradient.class_stride_bytes = places.class_stride_bytes;
    std::copy_n(places.values.stride_bytes, kernels::max_rank, args.gradient.to.stride_bytes);
  }
  if (plan.args.counts && how.reduction == BW_LOSS_WEIGHTS) {
    refuse(BW_INVALID_ARGUMENT, "confusion, agreement: BW_LOSS_WEIGHTS reads no logits");
  }
  plan.report = checked_report(on, report, written.data(), written.size());
  require_apart(checked_counters(on, report, 2, "report"), read);
  for (const tensor& t : written) plan.bytes += t.elements * bytes_of(t.type);
  if (in.elements == 0) return plan;
  lay_out(in, args);
  plan.bytes += bytes_of_inputs(in, args);
  return plan;
}

}  // namespace bitwhere::plan
