// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "reduce_plan.hpp"

#include <algorithm>
#include <cmath>

#include "../../kernels/reduce/reduce_units.hpp"
#include "arrangement.hpp"
#include "broadcast.hpp"
#include "failure.hpp"
#include "labels.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "scalar.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

using kernels::gives_index;
using kernels::reducer;

static_assert(static_cast<int32_t>(reducer::sum) == BW_SUM);
static_assert(static_cast<int32_t>(reducer::arg_max) == BW_ARGMAX);
static_assert(static_cast<int32_t>(reducer::divisor) == BW_DIVISOR);

[[noreturn]] void refuse(bw_status status, const std::string& text) { throw failure(status, text); }

// --- What is asked for. ---

reducer checked_reducer(int32_t by) {
  if (by >= BW_SUM && by <= BW_DIVISOR) return static_cast<reducer>(by);
  refuse(BW_INVALID_ARGUMENT, "reducer " + std::to_string(by) + " is unknown");
}

void require_real(dtype type, const char* name) {
  if (!is_complex(type)) return;
  refuse(BW_INVALID_DTYPE,
         std::string(name) + ": is " + name_of(type) + ", and complex numbers are not reduced");
}

// Defaults, and what the caller says.
struct settings {
  const bw_condition* where = nullptr;
  const bw_reduction* over = nullptr;
  double denominator_eps = 0;
  int64_t first_index = 0;
  bool empty_zero = false;
};

settings checked_options(const bw_reduce_options* options, reducer by) {
  settings out;
  if (options == nullptr) return out;
  check_struct(options, "options");
  check_reserved(options->reserved, "options");
  out.where = options->where;
  out.over = options->over;
  out.denominator_eps = options->denominator_eps;
  out.first_index = options->first_index;
  if (!std::isfinite(out.denominator_eps) || out.denominator_eps < 0) {
    bw_scalar eps = {};
    eps.kind = BW_SCALAR_FLOAT;
    eps.value.real[0] = out.denominator_eps;
    refuse(BW_INVALID_ARGUMENT,
           "options: denominator_eps " + describe(eps) + " is negative or not finite");
  }
  if (out.denominator_eps != 0 && by != reducer::mean && by != reducer::divisor) {
    refuse(BW_INVALID_ARGUMENT, "options: denominator_eps is for means");
  }
  if (out.first_index < 0) {
    refuse(BW_INVALID_ARGUMENT,
           "options: first_index " + std::to_string(out.first_index) + " is negative");
  }
  if (out.first_index != 0 && !gives_index(by)) {
    refuse(BW_INVALID_ARGUMENT, "options: first_index is for argmin and argmax");
  }
  if (options->empty_mean != BW_EMPTY_NAN && options->empty_mean != BW_EMPTY_ZERO) {
    refuse(BW_INVALID_ARGUMENT,
           "options: empty_mean " + std::to_string(options->empty_mean) + " is unknown");
  }
  out.empty_zero = options->empty_mean == BW_EMPTY_ZERO;
  return out;
}

dtype default_dtype(reducer by, dtype type) {
  switch (by) {
    case reducer::sum:
      return is_floating(type) ? type : dtype::i64;
    case reducer::mean:
      return is_floating(type) ? type : dtype::f32;
    case reducer::min:
    case reducer::max:
      return type;
    case reducer::divisor:
      return dtype::f64;
    default:
      return dtype::i64;
  }
}

// Sums of floats and means leave as any float.
dtype checked_out_dtype(reducer by, dtype type, dtype asked) {
  const dtype usual = default_dtype(by, type);
  const bool rounds =
      by == reducer::mean || by == reducer::divisor || (by == reducer::sum && is_floating(type));
  if (rounds ? is_floating(asked) : asked == usual) return asked;
  refuse(BW_INVALID_DTYPE, std::string("out: must be ") +
                               (rounds ? "f16, bf16, f32 or f64" : name_of(usual)) + ", is " +
                               name_of(asked));
}

// What is reduced, checked but for where it goes. The program of the condition is kept apart.
struct inputs {
  reducer by;
  settings how;
  tensor x;
  struct condition condition;
  struct shape shape;
  int64_t elements = 0;
  reduction over;
  struct shape kept;
};

inputs read_inputs(int32_t reducer_code, const bw_tensor* x, const bw_reduce_options* options,
                   kernels::condition_program& program) {
  inputs in;
  in.by = checked_reducer(reducer_code);
  in.how = checked_options(options, in.by);
  in.x = checked(x, "x");
  require_real(in.x.type, "x");
  in.condition = plan_optional_condition(in.how.where, program);
  in.shape = in.condition.shape;
  broadcast_into(in.shape, in.x, "condition");
  in.elements = elements_of(in.shape, "x and condition");
  in.over = checked_reduction(in.how.over, in.shape);
  in.kept = reduced_shape(in.over, in.shape);
  return in;
}

void require_apart_from_inputs(const tensor& out, const inputs& in) {
  require_apart(out, in.x);
  for (const condition_tensor& t : in.condition.tensors) require_apart(out, t.values);
}

// --- The loop. ---

// Of rows that are read as they lie, which takes no scratch.
constexpr int32_t read_columns = 128;

void allow_reduced_blocks(kernels::reduce_args& args, const strided* operands, int count) {
  kernels::space& s = args.s;
  const int64_t of_condition = args.conditional ? widest_of(args.condition) : 1;
  allow_blocks(s, operands, count, std::max(bytes_of(args.x.type), of_condition));
  if (s.cut != kernels::tiling::blocks) return;
  // The rows of a block are outputs, its columns what is reduced.
  if (s.across >= args.output_rank || s.rank - 1 < args.output_rank) {
    s.cut = kernels::tiling::rows;
    return;
  }
  if (kernels::is_extreme(args.finish.by) || !kernels::reads_columns(args)) return;
  s.block_rows = static_cast<int32_t>(kernels::most_block_rows);
  s.block_columns = read_columns;
}

void lay_out(const inputs& in, kernels::reduce_args& args, const reading* read, size_t tensors) {
  fill_space(in.shape, in.elements, args.s);
  arrangement by = arrange(in.shape, in.over);
  // An index counts elements in their logical order.
  if (!gives_index(in.by)) sort_by_strides(by, in.shape, read, tensors);
  strided operands[2 + 2 * kernels::max_leaves];
  int count = 1;
  if (args.x.data != nullptr) {
    operands[count++] = {args.x.stride_bytes, bytes_of(args.x.type), &args.x.reach};
  }
  count = gather_operands(args.condition, operands, count);
  args.output_rank = collapse_reduction(args.s, by, operands, count);
  allow_reduced_blocks(args, operands + 1, count - 1);
}

void plan_loop(const placement& on, const inputs& in, reduce_plan& plan) {
  kernels::reduce_args& args = plan.args;
  args.conditional = in.how.where != nullptr;
  place_condition(on, in.condition, in.shape, args.condition);
  place(on, in.x, in.shape, in.x.type, args.x);
  if (kernels::counts_only(in.by) && plan.partials == nullptr) {
    const unsigned char anything = 0;
    place_value(&anything, dtype::u8, args.x);
  }
  args.first_index = in.how.first_index;
  args.finish.by = in.by;
  args.finish.type = args.x.type;
  args.finish.empty_zero = in.how.empty_zero;
  args.finish.denominator_eps = in.how.denominator_eps;
  args.outputs = plan.outputs;
  plan.words = kernels::words_of_partial(kernels::kind_of(in.by, args.x.type));
  if (in.elements == 0 || plan.outputs == 0) return;

  args.reduced = in.elements / plan.outputs;
  int64_t last = 0;
  if (__builtin_add_overflow(args.first_index, args.reduced, &last)) {
    refuse(BW_INVALID_ARGUMENT, "options: first_index " + std::to_string(args.first_index) +
                                    " overflows with the elements of an output");
  }
  reading read[1 + 2 * kernels::max_leaves];
  read[0] = {&in.x, &args.x};
  const size_t count = gather_readings(in.condition, args.condition, read, 1);
  plan.bytes += bytes_read(read, count);
  lay_out(in, args, read, count);
}

// --- Outputs. ---

unsigned char* in_place(const tensor& out) {
  return contiguous(out) && aligned(out) ? out.data : nullptr;
}

// Words of partials that lie side by side.
void require_words(const tensor& t) {
  if (t.type != dtype::i64) {
    refuse(BW_INVALID_DTYPE, std::string(t.name) + ": must be i64, is " + name_of(t.type));
  }
  if (t.elements != 0 && !contiguous(t)) {
    refuse(BW_INVALID_SHAPE, std::string(t.name) + ": must be row-major contiguous");
  }
  if (!aligned(t)) {
    refuse(BW_INVALID_ARGUMENT, std::string(t.name) + ": must be aligned to 8 bytes");
  }
}

shape with_words(shape of, int64_t words, const char* name) {
  if (of.rank == max_rank) {
    refuse(BW_INVALID_SHAPE, std::string(name) + ": would have more than " +
                                 std::to_string(max_rank) + " dimensions with that of its words");
  }
  of.extent[of.rank++] = words;
  return of;
}

// The shape without the last dimension, which is `words`.
shape without_words(const tensor& t, int64_t words) {
  shape out = t.shape;
  if (out.rank == 0 || out.extent[out.rank - 1] != words) {
    refuse(BW_INVALID_SHAPE, std::string(t.name) + ": has shape " + describe(t.shape) +
                                 ", whose last dimension is not " + std::to_string(words) +
                                 ", the words of a partial");
  }
  out.extent[--out.rank] = 0;
  return out;
}

bool is_partial_size(int64_t words) {
  for (const reducer by : {reducer::sum, reducer::min}) {
    for (const dtype type : {dtype::f32, dtype::f64, dtype::i64}) {
      if (words == kernels::words_of_partial(kernels::kind_of(by, type))) return true;
    }
  }
  return words == kernels::words_of_partial(kernels::partial_kind::f32_losses) ||
         words == kernels::words_of_partial(kernels::partial_kind::f64_losses);
}

}  // namespace

reduce_result plan_reduce_result(int32_t reducer, const bw_tensor* x,
                                 const bw_reduce_options* options) {
  kernels::condition_program program;
  const inputs in = read_inputs(reducer, x, options, program);
  return {default_dtype(in.by, in.x.type), in.kept};
}

reduce_plan plan_reduce(const placement& on, int32_t reducer, const bw_tensor* x,
                        const bw_reduce_options* options, const bw_tensor* out, bw_report* report) {
  reduce_plan plan;
  const inputs in = read_inputs(reducer, x, options, plan.args.condition);
  const dtype type = checked_out_dtype(in.by, in.x.type, checked(out, "out").type);
  plan.out = checked_output(on, out, "out", type, in.kept);
  plan.outputs = plan.out.elements;
  plan.bytes = plan.outputs * bytes_of(type);
  plan.args.finish.out_type = type;
  plan.args.finish.out = in_place(plan.out);
  plan_loop(on, in, plan);
  require_apart_from_inputs(plan.out, in);
  plan.report = checked_report(on, report, &plan.out, 1);
  require_apart_from_inputs(checked_counters(on, report, 2, "report"), in);
  return plan;
}

reduce_plan plan_reduce_partial(const placement& on, int32_t reducer, const bw_tensor* x,
                                const bw_reduce_options* options, const bw_tensor* partial) {
  reduce_plan plan;
  const inputs in = read_inputs(reducer, x, options, plan.args.condition);
  const int64_t words = kernels::words_of_partial(kernels::kind_of(in.by, in.x.type));
  plan.out =
      checked_output(on, partial, "partial", dtype::i64, with_words(in.kept, words, "partial"));
  require_words(plan.out);
  plan.outputs = plan.out.elements / words;
  plan.bytes = plan.outputs * words * 8;
  plan.partials = reinterpret_cast<int64_t*>(plan.out.data);
  plan.args.finish.out_type = default_dtype(in.by, in.x.type);
  plan.args.finish.out = nullptr;
  plan_loop(on, in, plan);
  require_apart_from_inputs(plan.out, in);
  return plan;
}

reduce_plan plan_addition(const placement& on, const bw_condition* condition, const tensor& from,
                          const shape& over_these, const reduction& over, const tensor& out) {
  reduce_plan plan;
  inputs in;
  in.by = reducer::sum;
  in.how.where = condition;
  in.x = from;
  in.condition = plan_optional_condition(condition, plan.args.condition);
  in.shape = over_these;
  in.elements = elements_of(in.shape, "x and condition");
  in.over = over;
  in.kept = out.shape;
  plan.out = out;
  plan.outputs = out.elements;
  plan.bytes = out.elements * bytes_of(out.type);
  plan.args.finish.out_type = out.type;
  plan.args.finish.out = in_place(out);
  plan_loop(on, in, plan);
  require_apart_from_inputs(out, in);
  return plan;
}

count_plan plan_reduce_count(const placement& on, const bw_tensor* x,
                             const bw_reduce_options* options, const bw_tensor* out) {
  count_plan plan;
  const inputs in = read_inputs(BW_COUNT, x, options, plan.args.condition);
  checked_out_dtype(in.by, in.x.type, checked(out, "out").type);
  plan.out = checked_output(on, out, "out", dtype::i64, in.kept);
  kernels::operand unread;
  place(on, in.x, in.shape, in.x.type, unread);
  require_apart(plan.out, in.x);
  plan_counts(on, in.condition, in.shape, in.over, plan);
  return plan;
}

int64_t partial_words(int32_t reducer, bw_dtype type) {
  const enum reducer by = checked_reducer(reducer);
  const std::optional<dtype> known = dtype_from(type);
  if (!known) refuse(BW_INVALID_DTYPE, "dtype: " + describe(type) + " is not supported");
  require_real(*known, "dtype");
  return kernels::words_of_partial(kernels::kind_of(by, *known));
}

merge_plan plan_merge_partials(const placement& on, const bw_tensor* from, const bw_tensor* into) {
  const tensor f = checked(from, "from");
  const tensor t = checked(into, "into");
  require_words(f);
  require_words(t);
  merge_plan plan;
  plan.words = t.shape.rank == 0 ? 0 : t.shape.extent[t.shape.rank - 1];
  if (!is_partial_size(plan.words)) {
    refuse(BW_INVALID_SHAPE, "into: has shape " + describe(t.shape) +
                                 ", whose last dimension is not the words of a partial");
  }
  if (!(f.shape == t.shape)) {
    refuse(BW_INVALID_SHAPE,
           "from: has shape " + describe(f.shape) + ", into has " + describe(t.shape));
  }
  require_reachable(on, f);
  require_reachable(on, t);
  require_apart(t, f);
  plan.from = reinterpret_cast<const int64_t*>(f.data);
  plan.into = reinterpret_cast<int64_t*>(t.data);
  plan.partials = t.elements / plan.words;
  plan.bytes = 24 * t.elements;  // both are read, one is written
  return plan;
}

finish_plan plan_finish_partials(const placement& on, int32_t reducer, const bw_tensor* partial,
                                 bw_dtype type, const bw_reduce_options* options,
                                 const bw_tensor* out, bw_report* report) {
  finish_plan plan;
  plan.words = partial_words(reducer, type);
  plan.args.by = checked_reducer(reducer);
  plan.args.type = *dtype_from(type);
  const settings how = checked_options(options, plan.args.by);
  if (how.where != nullptr || how.over != nullptr || how.first_index != 0) {
    refuse(BW_INVALID_ARGUMENT,
           "options: where, over and first_index belong to the making of partials");
  }
  plan.args.empty_zero = how.empty_zero;
  plan.args.denominator_eps = how.denominator_eps;
  const tensor from = checked(partial, "partial");
  require_words(from);
  require_reachable(on, from);
  plan.args.out_type = checked_out_dtype(plan.args.by, plan.args.type, checked(out, "out").type);
  plan.out = checked_output(on, out, "out", plan.args.out_type, without_words(from, plan.words));
  require_apart(plan.out, from);
  const tensor others[] = {plan.out, from};
  plan.report = checked_report(on, report, others, 2);
  plan.args.out = in_place(plan.out);
  plan.partials = reinterpret_cast<const int64_t*>(from.data);
  plan.outputs = plan.out.elements;
  plan.bytes = 8 * from.elements + plan.outputs * bytes_of(plan.args.out_type);
  return plan;
}

}  // namespace bitwhere::plan
