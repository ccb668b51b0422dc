// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "loss_options.hpp"

#include <cmath>
#include <string>

#include "../../kernels/reduce/reduce_args.hpp"
#include "broadcast.hpp"
#include "failure.hpp"
#include "labels.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "place.hpp"
#include "scalar.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {

using kernels::loss_reduction;
using kernels::normaliser;

static_assert(static_cast<int32_t>(loss_reduction::none) == BW_LOSS_NONE);
static_assert(static_cast<int32_t>(loss_reduction::partial) == BW_LOSS_PARTIAL);
static_assert(static_cast<int32_t>(loss_reduction::weights) == BW_LOSS_WEIGHTS);
static_assert(static_cast<int32_t>(normaliser::tensor) == BW_NORMALISER_TENSOR);

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
  require_known(loss->reduction, BW_LOSS_WEIGHTS, "reduction");
  require_known(loss->normaliser, BW_NORMALISER_TENSOR, "normaliser");
  require_known(loss->empty_mean, BW_EMPTY_ZERO, "empty_mean");
  require_not_negative(loss->denominator_eps, "denominator_eps");
  const bool mean = loss->reduction == BW_LOSS_MEAN;
  const bool given =
      loss->normaliser == BW_NORMALISER_GIVEN || loss->normaliser == BW_NORMALISER_TENSOR;
  const bool gradient_alone =
      loss->reduction == BW_LOSS_PARTIAL && loss->gradient != nullptr && given;
  const bool of_weights = loss->reduction == BW_LOSS_WEIGHTS;
  if (!mean && !of_weights && !gradient_alone && loss->denominator_eps != 0) {
    refuse(BW_INVALID_ARGUMENT, "options: denominator_eps is for means");
  }
  if (!mean && !of_weights && !gradient_alone && loss->normaliser != BW_NORMALISER_DEFAULT) {
    refuse(BW_INVALID_ARGUMENT, "options: the normaliser is for means");
  }
  if ((loss->divisor != nullptr) != (loss->normaliser == BW_NORMALISER_TENSOR)) {
    refuse(BW_INVALID_ARGUMENT, "options: divisor and BW_NORMALISER_TENSOR need each other");
  }
  if (of_weights && loss->gradient != nullptr) {
    refuse(BW_INVALID_ARGUMENT, "options: BW_LOSS_WEIGHTS has no gradient");
  }
  if (loss->gradient == nullptr && loss->upstream != nullptr) {
    refuse(BW_INVALID_ARGUMENT, "options: upstream is for a gradient");
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
                           int32_t reduction) {
  if (reduction == BW_LOSS_PARTIAL || reduction == BW_LOSS_WEIGHTS) {
    const shape words = {.rank = 1, .extent = {loss_partial_words(x)}};
    const tensor to = checked_output(on, out, "out", dtype::i64, words);
    if (!contiguous(to)) refuse(BW_INVALID_SHAPE, "out: a partial must be contiguous");
    if (!aligned(to)) refuse(BW_INVALID_ARGUMENT, "out: must be aligned to 8 bytes");
    return to;
  }
  const bool reduced = reduction != BW_LOSS_NONE;
  const dtype asked = checked(out, "out").type;
  if (reduced && !is_floating(asked)) {
    refuse(BW_INVALID_DTYPE,
           std::string("out: must be f16, bf16, f32 or f64, is ") + name_of(asked));
  }
  return checked_output(on, out, "out", reduced ? asked : x, reduced ? shape{} : each);
}

gradient_tensors plan_gradient(const placement& on, const bw_loss_options& loss, const tensor& x,
                               const shape& each, kernels::loss_gradient_args& to) {
  if (loss.reduction == BW_LOSS_WEIGHTS &&
      (loss.normaliser != BW_NORMALISER_DEFAULT || loss.denominator_eps != 0)) {
    refuse(BW_INVALID_ARGUMENT, "options: what a mean is divided by is chosen by bw_finish_loss");
  }
  gradient_tensors out;
  to.wanted = out.wanted = loss.gradient != nullptr;
  to.each = false;
  to.scale = nullptr;
  to.class_stride_bytes = 0;
  const float one = 1;
  place_value(reinterpret_cast<const unsigned char*>(&one), dtype::f32, to.upstream);
  if (!out.wanted) return out;
  out.to = checked_output(on, loss.gradient, "gradient", x.type, x.shape);
  require_aligned_or_apart(out.to, x, x.shape);
  out.has_upstream = loss.upstream != nullptr;
  if (!out.has_upstream) return out;
  out.upstream = checked(loss.upstream, "upstream");
  require_floating(out.upstream);
  to.each = loss.reduction == BW_LOSS_NONE;
  if (!to.each && out.upstream.shape.rank != 0) {
    refuse(BW_INVALID_SHAPE,
           "upstream: has shape " + describe(out.upstream.shape) + ", and the result has rank 0");
  }
  if (to.each) require_broadcast_to(out.upstream, each, "the losses");
  place(on, out.upstream, to.each ? each : shape{}, out.upstream.type, to.upstream);
  require_apart(out.to, out.upstream);
  return out;
}

tensor checked_divisor(const placement& on, const bw_loss_options& loss) {
  if (loss.divisor == nullptr) return {};
  const tensor divisor = checked(loss.divisor, "divisor");
  if (divisor.type != dtype::f32 && divisor.type != dtype::f64) {
    refuse(BW_INVALID_DTYPE,
           std::string("divisor: must be f32 or f64, is ") + name_of(divisor.type));
  }
  if (divisor.shape.rank != 0) {
    refuse(BW_INVALID_SHAPE, "divisor: must have rank 0, has shape " + describe(divisor.shape));
  }
  require_reachable(on, divisor);
  return divisor;
}

kernels::loss_finish_args plan_loss_finish(const bw_loss_options& loss, const tensor& divisor,
                                           normaliser usual, bool weighted, const tensor& x,
                                           int64_t elements, const tensor& out) {
  kernels::loss_finish_args to = {};
  to.by = static_cast<loss_reduction>(loss.reduction);
  to.over = static_cast<normaliser>(loss.normaliser);
  to.by_weights = usual == normaliser::weights;
  const normaliser over = to.over == normaliser::usual ? usual : to.over;
  const bool asked =
      kernels::keeps_words(to.by) || (to.by == loss_reduction::mean && over == normaliser::weights);
  to.weighted = weighted && asked;
  to.out_type = out.type;
  to.f64 = x.type == dtype::f64;
  to.empty_zero = loss.empty_mean == BW_EMPTY_ZERO;
  to.elements = elements;
  to.denominator = loss.denominator;
  to.denominator_eps = loss.denominator_eps;
  if (divisor.elements != 0) {
    require_apart(out, divisor);
    to.divisor = divisor.data;
    to.divisor_type = divisor.type;
  }
  to.out = contiguous(out) && aligned(out) ? out.data : nullptr;
  return to;
}

int64_t loss_partial_words(dtype x) {
  return kernels::words_of_partial(x == dtype::f64 ? kernels::partial_kind::f64_losses
                                                   : kernels::partial_kind::f32_losses);
}

finish_loss_plan plan_finish_loss(const placement& on, const bw_tensor* partial,
                                  const bw_loss_options* loss, const bw_tensor* out,
                                  bw_report* report) {
  const bw_loss_options how = checked_loss(loss);
  if (how.reduction == BW_LOSS_NONE || how.reduction == BW_LOSS_PARTIAL) {
    refuse(BW_INVALID_ARGUMENT, "options: a partial finishes to a mean or a sum");
  }
  if (how.mask != nullptr || how.weight != nullptr || how.ignore_count != 0 ||
      how.first_element != 0 || how.gradient != nullptr) {
    refuse(BW_INVALID_ARGUMENT,
           "options: mask, weight, ignore, first_element and gradient belong to the making of "
           "partials");
  }
  const tensor from = checked(partial, "partial");
  if (from.type != dtype::i64) {
    refuse(BW_INVALID_DTYPE, std::string("partial: must be i64, is ") + name_of(from.type));
  }
  const bool f64 = from.elements == loss_partial_words(dtype::f64);
  if (from.shape.rank != 1 || (!f64 && from.elements != loss_partial_words(dtype::f32)) ||
      !contiguous(from)) {
    refuse(BW_INVALID_SHAPE, "partial: has shape " + describe(from.shape) +
                                 ", which is not that of the words of a partial of losses");
  }
  if (!aligned(from)) refuse(BW_INVALID_ARGUMENT, "partial: must be aligned to 8 bytes");
  require_reachable(on, from);
  finish_loss_plan plan;
  plan.out = checked_loss_output(on, out, dtype::f32, {}, BW_LOSS_SUM);
  require_apart(plan.out, from);
  tensor like;
  like.type = f64 ? dtype::f64 : dtype::f32;
  const tensor divisor = checked_divisor(on, how);
  plan.args = plan_loss_finish(how, divisor, normaliser::valid, false, like, 0, plan.out);
  const tensor others[] = {plan.out, from, divisor};
  plan.report = checked_report(on, report, others, 3);
  plan.words = reinterpret_cast<const int64_t*>(from.data);
  plan.bytes = 8 * from.elements + bytes_of(plan.out.type);
  return plan;
}

}  // namespace bitwhere::plan
