// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "promotion.hpp"

#include <algorithm>
#include <vector>

#include "failure.hpp"
#include "scalar.hpp"

namespace bitwhere::plan {
namespace {

// The complex dtype of a float's precision.
dtype complex_of(dtype type) {
  if (type == dtype::f16) {
    throw failure(BW_INVALID_DTYPE,
                  "f16 and a complex number of weaker standing promote to complex32, which is not "
                  "supported; convert one of them");
  }
  return type == dtype::f64 ? dtype::c128 : dtype::c64;
}

// `strong` decides unless `weak` is of a higher kind.
dtype combine(std::optional<dtype> strong, std::optional<dtype> weak) {
  if (!strong) return *weak;
  if (!weak || is_complex(*strong)) return *strong;
  if (is_floating(*strong)) return is_complex(*weak) ? complex_of(*strong) : *strong;
  const bool higher = is_floating(*weak) || is_complex(*weak);
  return *strong == dtype::boolean || higher ? promote_types(*strong, *weak) : *strong;
}

}  // namespace

typed typed_of(const tensor& t) {
  return {t.type, t.shape.rank == 0 ? standing::zero_dimensional : standing::tensor};
}

typed typed_of(const bw_scalar& s) { return {default_dtype(s), standing::scalar}; }

dtype promote_types(dtype a, dtype b) {
  const dtype high = std::max(a, b);
  const dtype low = std::min(a, b);
  if (high == dtype::c64 && low == dtype::f64) return dtype::c128;
  if (high == dtype::bf16 && low == dtype::f16) return dtype::f32;
  if (high == dtype::i8 && low == dtype::u8) return dtype::i16;
  return high;
}

dtype result_type(const typed* operands, size_t count) {
  std::optional<dtype> of[3];
  for (size_t k = 0; k < count; ++k) {
    std::optional<dtype>& its = of[static_cast<int>(operands[k].stands)];
    its = its ? promote_types(*its, operands[k].type) : operands[k].type;
  }
  const auto [tensors, zero_dimensional, scalars] = of;
  if (!zero_dimensional && !scalars) return *tensors;
  // Only the kind of what is weaker counts here: f16 and a complex scalar do no harm.
  if (tensors && (is_floating(*tensors) || is_complex(*tensors))) {
    const bool complex =
        (zero_dimensional && is_complex(*zero_dimensional)) || (scalars && is_complex(*scalars));
    return complex && is_floating(*tensors) ? complex_of(*tensors) : *tensors;
  }
  return combine(tensors, combine(zero_dimensional, scalars));
}

dtype result_type(const bw_typed* operands, size_t count) {
  if (operands == nullptr || count == 0) {
    throw failure(BW_INVALID_ARGUMENT, "operands: there are none to promote");
  }
  std::vector<typed> all;
  for (size_t k = 0; k < count; ++k) {
    const auto type = dtype_from(operands[k].dtype);
    const std::string name = "operand " + std::to_string(k);
    if (!type) {
      throw failure(BW_INVALID_DTYPE,
                    name + ": " + describe(operands[k].dtype) + " is not supported");
    }
    const int32_t stands = operands[k].standing;
    if (stands < BW_STANDING_TENSOR || stands > BW_STANDING_SCALAR) {
      throw failure(BW_INVALID_ARGUMENT,
                    name + ": standing " + std::to_string(stands) + " is unknown");
    }
    all.push_back({*type, static_cast<standing>(stands)});
  }
  return result_type(all.data(), all.size());
}

}  // namespace bitwhere::plan
