// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "clean_plan.hpp"

#include <cstring>

#include "../../kernels/clean/clean_formula.hpp"
#include "broadcast.hpp"
#include "failure.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "place.hpp"
#include "scalar.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

// The dtype of the reals that a tensor holds.
dtype real_of(dtype type) {
  return type == dtype::c64 ? dtype::f32 : type == dtype::c128 ? dtype::f64 : type;
}

// A replacement as bits of the dtype; `otherwise` where none is given.
uint64_t replacement(const bw_scalar* given, dtype type, const char* name, uint64_t otherwise) {
  if (given == nullptr) return otherwise;
  unsigned char bytes[16] = {};
  store_scalar(*given, type, name, bytes);
  uint64_t bits = 0;
  std::memcpy(&bits, bytes, static_cast<size_t>(bytes_of(type)));
  return bits;
}

kernels::replacements replacements_of(const bw_nan_to_num_options& options, dtype type) {
  // The largest finite number is the one below infinity.
  const auto largest = static_cast<uint64_t>(kernels::infinity_bits(type)) - 1;
  const uint64_t sign = uint64_t{1} << (8 * bytes_of(type) - 1);
  return {replacement(options.nan, type, "nan", 0),
          replacement(options.posinf, type, "posinf", largest),
          replacement(options.neginf, type, "neginf", sign | largest)};
}

void check_real(const bw_scalar* given, const char* name) {
  if (given == nullptr) return;
  check_scalar(*given, name);
  if (given->kind != BW_SCALAR_COMPLEX) return;
  throw failure(BW_INVALID_DTYPE, std::string(name) + ": must be real");
}

bw_nan_to_num_options checked_options(const bw_nan_to_num_options* options) {
  if (options == nullptr) return {};
  check_struct(options, "options");
  check_reserved(options->reserved, "options");
  check_real(options->nan, "nan");
  check_real(options->posinf, "posinf");
  check_real(options->neginf, "neginf");
  return *options;
}

}  // namespace

clean_plan plan_clean(const placement& on, const bw_tensor* x, const bw_nan_to_num_options* options,
                      const bw_tensor* out, bw_replaced* replaced) {
  const bw_nan_to_num_options chosen = checked_options(options);
  clean_plan plan;
  const tensor from = checked(x, "x");
  const tensor target = checked_output(on, out, "out", from.type, from.shape);
  require_reachable(on, from);
  require_aligned_or_apart(target, from, from.shape);
  const tensor counters = checked_counters(on, replaced, 3, "replaced");
  require_apart(counters, from);
  require_apart(counters, target);
  plan.replaced = reinterpret_cast<kernels::replaced*>(replaced);
  plan.accumulate = chosen.accumulate != 0;

  kernels::clean_args& args = plan.args;
  args.type = from.type;
  plan.copies = !is_floating(from.type) && !is_complex(from.type);
  if (plan.copies) {
    plan.copy = plan_copy(from, target);
    return plan;
  }
  args.with = replacements_of(chosen, real_of(from.type));
  if (target.elements == 0) return plan;
  args.x.data = from.data;
  args.x.type = from.type;
  args.out.data = target.data;
  fill_space(target.shape, target.elements, args.s);
  broadcast_strides(from, target.shape, args.x.stride_bytes);
  broadcast_strides(target, target.shape, args.out.stride_bytes);
  const int64_t size = bytes_of(from.type);
  strided operands[] = {{args.out.stride_bytes, size, &args.out.reach},
                        {args.x.stride_bytes, size, &args.x.reach}};
  collapse(args.s, operands, 2, order::free);
  if (args.out.reach == kernels::access::splat) args.out.reach = kernels::access::gather;
  allow_blocks(args.s, operands, 2, size);
  const reading read = {&from, &args.x};
  plan.bytes = target.elements * size + bytes_read(&read, 1);
  return plan;
}

}  // namespace bitwhere::plan
