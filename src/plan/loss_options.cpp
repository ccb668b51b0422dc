// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "loss_options.hpp"

#include <cmath>
#include <string>

#include "broadcast.hpp"
#include "failure.hpp"
#include "output.hpp"
#include "scalar.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {

using kernels::loss_reduction;
using kernels::normaliser;

static_assert(static_cast<int32_t>(loss_reduction::none) == BW_LOSS_NONE);
static_assert(static_cast<int32_t>(normaliser::given) == BW_NORMALISER_GIVEN);

namespace {

[[noreturn]] void refuse(bw_status status, const std::string& text) { throw failure(status, text); }

void require_known(int32_t code, int32_t last, const char* name) {
  if (code >= 0 && code <= last) return;
  refuse(BW_INVALID_ARGUMENT,
         std::string("options: ") + name + " " + std::to_string(code) + " is unknown");
}

}  // namespace

std::string describe(double number) {
  bw_scalar s = {};
  s.kind = BW_SCALAR_FLOAT;
  s.value.real[0] = number;
  return describe(s);
}

void require_not_negative(double number, const char* name) {
  if (std::isfinite(number) && number >= 0) return;
  refuse(BW_INVALID_ARGUMENT,
         std::string("options: ") + name + " " + describe(number) + " is negative or not finite");
}

bw_loss_options checked_loss(const bw_loss_options* loss) {
  if (loss == nullptr) {
    bw_loss_options none = {};
    none.struct_bytes = sizeof none;
    return none;
  }
  check_struct(loss, "loss");
  check_reserved(loss->reserved, "loss");
  require_known(loss->reduction, BW_LOSS_NONE, "reduction");
  require_known(loss->normaliser, BW_NORMALISER_GIVEN, "normaliser");
  require_known(loss->empty_mean, BW_EMPTY_ZERO, "empty_mean");
  require_not_negative(loss->denominator_eps, "denominator_eps");
  const bool mean = loss->reduction == BW_LOSS_MEAN;
  if (!mean && loss->denominator_eps != 0) {
    refuse(BW_INVALID_ARGUMENT, "options: denominator_eps is for means");
  }
  if (!mean && loss->normaliser != BW_NORMALISER_DEFAULT) {
    refuse(BW_INVALID_ARGUMENT, "options: the normaliser is for means");
  }
  if (loss->normaliser == BW_NORMALISER_GIVEN) {
    require_not_negative(loss->denominator, "denominator");
  } else if (loss->denominator != 0) {
    refuse(BW_INVALID_ARGUMENT, "options: denominator is for BW_NORMALISER_GIVEN");
  }
  if (loss->ignore == nullptr && loss->ignore_count != 0) {
    refuse(BW_INVALID_ARGUMENT, "options: ignore is NULL though ignore_count is not 0");
  }
  return *loss;
}

void require_floating(const tensor& t) {
  if (is_floating(t.type)) return;
  refuse(BW_INVALID_DTYPE,
         std::string(t.name) + ": must be f16, bf16, f32 or f64, is " + name_of(t.type));
}

void require_broadcast_to(const tensor& t, const shape& to, const char* of) {
  shape common = to;
  broadcast_into(common, t, of);
  if (common == to) return;
  refuse(BW_INVALID_SHAPE, std::string(t.name) + ": has shape " + describe(t.shape) +
                               ", which does not broadcast to that of " + of + ", " + describe(to));
}

void place_or_clear(const placement& on, bool there, const tensor& t, const shape& common,
                    kernels::operand& to) {
  if (there) {
    place(on, t, common, t.type, to);
  } else {
    const unsigned char nothing[16] = {};
    place_value(nothing, dtype::f32, to);
  }
}

tensor checked_loss_output(const placement& on, const bw_tensor* out, dtype x, const shape& each,
                           bool reduced) {
  const dtype asked = checked(out, "out").type;
  if (reduced && !is_floating(asked)) {
    refuse(BW_INVALID_DTYPE,
           std::string("out: must be f16, bf16, f32 or f64, is ") + name_of(asked));
  }
  return checked_output(on, out, "out", reduced ? asked : x, reduced ? shape{} : each);
}

kernels::loss_finish_args plan_loss_finish(const bw_loss_options& loss, normaliser usual,
                                           bool weighted, const tensor& x, int64_t elements,
                                           const tensor& out) {
  const bool defaults = loss.normaliser == BW_NORMALISER_DEFAULT;
  kernels::loss_finish_args to = {};
  to.by = static_cast<loss_reduction>(loss.reduction);
  to.over = defaults ? usual : static_cast<normaliser>(loss.normaliser);
  to.weighted = weighted && to.over == normaliser::weights;
  to.out_type = out.type;
  to.f64 = x.type == dtype::f64;
  to.empty_zero = loss.empty_mean == BW_EMPTY_ZERO;
  to.elements = elements;
  to.denominator = loss.denominator;
  to.denominator_eps = loss.denominator_eps;
  to.out = contiguous(out) && aligned(out) ? out.data : nullptr;
  return to;
}

}  // namespace bitwhere::plan
