// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "nonzero_plan.hpp"

#include <algorithm>
#include <cstring>

#include "broadcast.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "place.hpp"
#include "scalar.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

// What records are made of, checked but for where they go.
struct inputs {
  struct condition condition;
  const tensor* x = nullptr;  // of values
  struct shape shape;
  int64_t elements = 0;
};

void lay_out(kernels::nonzero_args& args, bool with_x) {
  strided operands[1 + 2 * kernels::max_leaves];
  int count = 0;
  if (with_x && args.x.data != nullptr) {
    operands[count++] = {args.x.stride_bytes, args.size, &args.x.reach};
  }
  count = gather_operands(args.condition, operands, count);
  collapse(args.s, operands, count, order::logical);
}

// The loop over what is read.
void plan_reading(const placement& on, const inputs& in, nonzero_plan& plan) {
  kernels::nonzero_args& args = plan.args;
  place_condition(on, in.condition, in.shape, args.condition);
  if (in.x != nullptr) place(on, *in.x, in.shape, args.x.type, args.x);
  plan.hit_bytes = plan.record_bytes();
  if (in.elements == 0) return;
  fill_space(in.shape, in.elements, args.s);
  lay_out(args, in.x != nullptr);

  reading all[1 + 2 * kernels::max_leaves];
  const size_t count = gather_readings(in.condition, args.condition, all, 0);
  plan.bytes = bytes_read(all, count);
  if (in.x == nullptr) return;
  // Of x only hits are read, where the condition does not read it all.
  all[count] = {in.x, &args.x};
  if (bytes_read(all, count + 1) != plan.bytes) plan.hit_bytes += args.size;
}

// --- Indices. ---

int32_t checked_form(const bw_nonzero_options* options) {
  if (options == nullptr) return BW_INDEX_ROWS;
  check_struct(options, "options");
  check_reserved(options->reserved, "options");
  if (options->form < BW_INDEX_ROWS || options->form > BW_INDEX_FLAT) {
    throw failure(BW_INVALID_ARGUMENT,
                  "options: form " + std::to_string(options->form) + " is no bw_index_form");
  }
  return options->form;
}

[[noreturn]] void refuse_index_dtype(const std::string& type, const char* name) {
  throw failure(BW_INVALID_DTYPE, std::string(name) + ": indices are i64 or i32, not " + type);
}

dtype index_dtype(const bw_nonzero_options* options) {
  constexpr bw_dtype none = {0, 0, 0};
  if (options == nullptr || std::memcmp(&options->index, &none, sizeof none) == 0) {
    return dtype::i64;
  }
  const std::optional<dtype> type = dtype_from(options->index);
  if (type != dtype::i64 && type != dtype::i32)
    refuse_index_dtype(describe(options->index), "options: index");
  return *type;
}

// Every index of the shape must fit, whatever is found.
void require_room_for_indices(const inputs& in, int32_t form, dtype type) {
  if (type == dtype::i64) return;
  const limits range = integer_limits(type);
  int64_t largest = in.elements - 1;
  if (form != BW_INDEX_FLAT) {
    largest = *std::max_element(in.shape.extent, in.shape.extent + max_rank) - 1;
  }
  if (largest <= range.high) return;
  throw failure(BW_OUT_OF_RANGE,
                "indices of shape " + describe(in.shape) + " do not fit " + name_of(type));
}

inputs plan_indices(const bw_condition* condition, int32_t form, nonzero_plan& plan) {
  inputs in;
  kernels::nonzero_args& args = plan.args;
  in.condition = plan_condition(condition, args.condition);
  in.shape = in.condition.shape;
  in.elements = elements_of(in.shape, "condition");
  args.values = false;
  if (form == BW_INDEX_FLAT) {
    args.rank = 1;
    args.extent[0] = in.elements;
  } else {
    args.rank = in.shape.rank;
    std::copy(in.shape.extent, in.shape.extent + in.shape.rank, args.extent);
  }
  return in;
}

// --- Values. ---

inputs plan_values(const tensor& x, const bw_condition* condition, nonzero_plan& plan) {
  inputs in;
  kernels::nonzero_args& args = plan.args;
  in.condition = plan_condition(condition, args.condition);
  in.x = &x;
  in.shape = in.condition.shape;
  broadcast_into(in.shape, x, "condition");
  in.elements = elements_of(in.shape, "x and condition");
  args.values = true;
  args.rank = 1;
  args.x.type = x.type;
  args.size = bytes_of(x.type);
  return in;
}

// The bytes of bools move as they are.
tensor as_moved(tensor x) {
  if (x.type == dtype::boolean) x.type = dtype::u8;
  return x;
}

// --- Outputs. ---

struct dimensions {
  int count;    // that an output has
  int records;  // the one along records
  int inner;    // the one along a record, or -1
};

dimensions dimensions_of(int32_t form) {
  switch (form) {
    case BW_INDEX_ROWS:
      return {2, 0, 1};
    case BW_INDEX_COLUMNS:
      return {2, 1, 0};
    default:
      return {1, 0, -1};
  }
}

tensor checked_records(const placement& on, const bw_tensor* out, const dimensions& by,
                       int32_t rank) {
  tensor t = checked(out, "out");
  const bool fits = t.shape.rank == by.count && (by.inner < 0 || t.shape.extent[by.inner] == rank);
  if (!fits) {
    const std::string record = std::to_string(rank);
    const std::string expected = by.inner < 0    ? "(capacity)"
                                 : by.inner == 1 ? "(capacity, " + record + ")"
                                                 : "(" + record + ", capacity)";
    throw failure(BW_INVALID_SHAPE,
                  "out: must have shape " + expected + ", has " + describe(t.shape));
  }
  require_reachable(on, t);
  require_distinct_elements(t);
  return t;
}

void give_tensor(const tensor& out, const dimensions& by, bool keep_rest, nonzero_plan& plan) {
  kernels::record_output& to = plan.args.out;
  to.data = out.data;
  to.record_bytes = out.stride_bytes[by.records];
  to.element_bytes = by.inner < 0 ? plan.args.size : out.stride_bytes[by.inner];
  to.capacity = out.shape.extent[by.records];
  to.fill_rest = !keep_rest;
}

void give_found(const placement& on, bw_found* found, const inputs& in, const tensor& out,
                nonzero_plan& plan) {
  const tensor counters = checked_counters(on, found, 2, "found");
  require_apart(counters, out);
  for (const tensor* to : {&counters, &out}) {
    for (const condition_tensor& t : in.condition.tensors) require_apart(*to, t.values);
    if (in.x != nullptr) require_apart(*to, *in.x);
  }
  plan.found = reinterpret_cast<kernels::found*>(found);
}

}  // namespace

nonzero_plan plan_nonzero_into(const placement& on, const bw_condition* condition,
                               const bw_nonzero_options* options, const bw_tensor* out,
                               bw_found* found) {
  nonzero_plan plan;
  const int32_t form = checked_form(options);
  const inputs in = plan_indices(condition, form, plan);
  const dimensions by = dimensions_of(form);
  const tensor target = checked_records(on, out, by, plan.args.rank);
  if (target.type != dtype::i64 && target.type != dtype::i32) {
    refuse_index_dtype(name_of(target.type), "out");
  }
  require_room_for_indices(in, form, target.type);
  plan.args.size = bytes_of(target.type);
  const bool keep = options != nullptr && options->keep_rest != 0;
  const bw_scalar fill = {BW_SCALAR_INT, 0, {.integer = options == nullptr ? 0 : options->fill}};
  if (!keep) store_scalar(fill, target.type, "options: fill", plan.args.out.fill);
  give_tensor(target, by, keep, plan);
  give_found(on, found, in, target, plan);
  plan_reading(on, in, plan);
  return plan;
}

nonzero_plan plan_select_into(const placement& on, const bw_tensor* x,
                              const bw_condition* condition, const bw_select_options* options,
                              const bw_tensor* out, bw_found* found) {
  nonzero_plan plan;
  const tensor values = checked(x, "x");
  const tensor moved = as_moved(values);
  const inputs in = plan_values(moved, condition, plan);
  const dimensions by = dimensions_of(BW_INDEX_FLAT);
  const tensor target = checked_records(on, out, by, 1);
  if (target.type != values.type) {
    throw failure(BW_INVALID_DTYPE, std::string("out: must be ") + name_of(values.type) + ", is " +
                                        name_of(target.type));
  }
  bw_scalar fill = {BW_SCALAR_BOOL, 0, {.integer = 0}};
  bool keep = false;
  if (options != nullptr) {
    check_struct(options, "options");
    check_reserved(options->reserved, "options");
    keep = options->keep_rest != 0;
    if (options->fill != nullptr) fill = *options->fill;
  }
  check_scalar(fill, "options: fill");
  if (!keep) store_scalar(fill, values.type, "options: fill", plan.args.out.fill);
  give_tensor(target, by, keep, plan);
  give_found(on, found, in, target, plan);
  plan_reading(on, in, plan);
  return plan;
}

nonzero_plan plan_nonzero(const placement& on, const bw_condition* condition,
                          const bw_nonzero_options* options, bool& columns) {
  nonzero_plan plan;
  const int32_t form = checked_form(options);
  const inputs in = plan_indices(condition, form, plan);
  const dtype type = index_dtype(options);
  require_room_for_indices(in, form, type);
  plan.args.size = bytes_of(type);
  columns = form == BW_INDEX_COLUMNS;
  plan_reading(on, in, plan);
  return plan;
}

nonzero_plan plan_select(const placement& on, const bw_tensor* x, const bw_condition* condition) {
  nonzero_plan plan;
  const tensor moved = as_moved(checked(x, "x"));
  plan_reading(on, plan_values(moved, condition, plan), plan);
  return plan;
}

size_t bytes_of_records(const nonzero_plan& plan, int64_t count) {
  int64_t bytes = 0;
  if (__builtin_mul_overflow(count, plan.record_bytes(), &bytes)) {
    throw failure(BW_OUT_OF_MEMORY, std::to_string(count) + " records of " +
                                        std::to_string(plan.record_bytes()) +
                                        " bytes exceed every memory");
  }
  return static_cast<size_t>(bytes);
}

void give_output(nonzero_plan& plan, void* data, int64_t count, bool columns) {
  kernels::record_output& to = plan.args.out;
  to.data = static_cast<unsigned char*>(data);
  to.record_bytes = columns ? plan.args.size : plan.record_bytes();
  to.element_bytes = columns ? count * plan.args.size : plan.args.size;
  to.capacity = count;
  to.fill_rest = false;
}

}  // namespace bitwhere::plan
