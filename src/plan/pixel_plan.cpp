// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "pixel_plan.hpp"

#include <algorithm>

#include "broadcast.hpp"
#include "collapse.hpp"
#include "condition_plan.hpp"
#include "failure.hpp"
#include "labels.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "place.hpp"

namespace bitwhere::plan {
namespace {

[[noreturn]] void refuse_shapes(const tensor& prediction, const tensor& target,
                                const std::string& why) {
  throw failure(BW_INVALID_SHAPE, "prediction has shape " + describe(prediction.shape) +
                                      ", target has " + describe(target.shape) + why);
}

bool broadcasts_to(const shape& from, const shape& to) {
  if (from.rank > to.rank) return false;
  for (int d = 0; d < from.rank; ++d) {
    const int64_t wanted = to.extent[to.rank - from.rank + d];
    if (from.extent[d] != 1 && from.extent[d] != wanted) return false;
  }
  return true;
}

condition read_condition(const placement& on, const bw_condition* from, const shape& target,
                         kernels::pixel_args& args) {
  args.conditional = from != nullptr;
  if (from == nullptr) return {};
  condition in = plan_condition(from, args.where);
  if (!broadcasts_to(in.shape, target)) {
    throw failure(BW_INVALID_SHAPE, "options: condition has shape " + describe(in.shape) +
                                        ", which does not broadcast to the target's " +
                                        describe(target));
  }
  place_condition(on, in, target, args.where);
  return in;
}

int64_t bytes_of_condition(const condition& in, const kernels::condition_program& program) {
  reading all[2 * kernels::max_leaves];
  return bytes_read(all, gather_readings(in, program, all, 0));
}

}  // namespace

bool is_score_dtype(dtype type) { return type >= dtype::f16 && type <= dtype::f64; }

shape take_classes(const tensor& from, int32_t class_dim, const char* what,
                   kernels::class_scores& to) {
  if (from.shape.rank == 0) {
    throw failure(BW_INVALID_SHAPE, std::string(from.name) + ": a scalar has no classes");
  }
  const int dim = checked_dim(class_dim, from.shape.rank, what);
  to.classes = from.shape.extent[dim];
  to.class_stride_bytes = from.stride_bytes[dim];
  if (to.classes < 1 || to.classes > INT32_MAX) {
    throw failure(BW_INVALID_SHAPE, std::string(from.name) + ": dimension " + std::to_string(dim) +
                                        " has " + std::to_string(to.classes) +
                                        " elements, not 1 to 2^31-1");
  }
  to.values.data = from.data;
  to.values.type = from.type;
  shape rest;
  for (int d = 0; d < from.shape.rank; ++d) {
    if (d == dim) continue;
    to.values.stride_bytes[rest.rank] = from.stride_bytes[d];
    rest.extent[rest.rank++] = from.shape.extent[d];
  }
  return rest;
}

tensor checked_counts(const placement& on, const bw_tensor* counts, const char* name,
                      const shape& expected, const std::vector<tensor>& inputs) {
  const tensor c = checked_output(on, counts, name, dtype::i64, expected);
  if (!contiguous(c)) {
    throw failure(BW_INVALID_SHAPE, std::string(name) + ": must be row-major contiguous");
  }
  if (reinterpret_cast<uintptr_t>(c.data) % alignof(int64_t) != 0) {
    throw failure(BW_INVALID_ARGUMENT, std::string(name) + ": must be aligned to 8 bytes");
  }
  for (const tensor& input : inputs) require_apart(c, input);
  return c;
}

pixels plan_pixels(const placement& on, const bw_tensor* prediction, const bw_tensor* target,
                   const bw_label_options& options, kernels::pixel_args& args) {
  const tensor p = checked(prediction, "prediction");
  const tensor t = checked(target, "target");
  pixels out;
  out.inputs = {p, t};
  args.target.kind = label_kind_of(t);
  args.from_scores = is_score_dtype(p.type);
  if (args.from_scores) {
    if (p.shape.rank != t.shape.rank + 1) {
      refuse_shapes(p, t, ": scores have one dimension more, that of the classes");
    }
    if (!(take_classes(p, options.class_dim, "options: class_dim", args.scores) == t.shape)) {
      refuse_shapes(p, t,
                    " and options.class_dim is " + std::to_string(options.class_dim) +
                        ": without the classes the shapes differ");
    }
    out.classes = args.scores.classes;
  } else {
    args.prediction.kind = label_kind_of(p);
    if (!(p.shape == t.shape)) refuse_shapes(p, t, "");
  }
  for (const tensor& input : out.inputs) require_reachable(on, input);
  fill_ignore(options.ignore, options.ignore_count, t.type, args.ignore);
  if (options.pixel_weight < 0) {
    throw failure(BW_INVALID_ARGUMENT,
                  "options: pixel_weight is " + std::to_string(options.pixel_weight) + ", below 0");
  }
  args.pixel_weight = std::max<int64_t>(options.pixel_weight, 1);
  const condition where = read_condition(on, options.condition, t.shape, args);
  for (const condition_tensor& c : where.tensors) out.inputs.push_back(c.values);
  fill_space(t.shape, t.elements, args.s);
  if (t.elements == 0) return out;

  strided operands[2 + 2 * kernels::max_leaves];
  int count = 0;
  args.target.values.data = t.data;
  broadcast_strides(t, t.shape, args.target.values.stride_bytes);
  operands[count++] = {args.target.values.stride_bytes, bytes_of(t.type),
                       &args.target.values.reach};
  kernels::operand& predicted = args.from_scores ? args.scores.values : args.prediction.values;
  if (!args.from_scores) {
    predicted.data = p.data;
    broadcast_strides(p, t.shape, predicted.stride_bytes);
  }
  operands[count++] = {predicted.stride_bytes, bytes_of(p.type), &predicted.reach};
  if (args.conditional) count = gather_operands(args.where, operands, count);
  collapse(args.s, operands, count, order::logical);
  out.bytes = t.elements * bytes_of(t.type) + p.elements * bytes_of(p.type);
  if (args.conditional) out.bytes += bytes_of_condition(where, args.where);
  return out;
}

}  // namespace bitwhere::plan
