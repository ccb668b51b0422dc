// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/scalar.hpp>
#include <bitwhere/tensor.hpp>

#include <initializer_list>

namespace bitwhere {

/// What promotion looks at: a dtype and whether it is a tensor's, a 0-d tensor's or a number's.
class typed {
 public:
  typed(dtype type) : c_{type, BW_STANDING_TENSOR} {}
  typed(const tensor_view& view)
      : c_{view.type(), view.rank() == 0 ? BW_STANDING_0D : BW_STANDING_TENSOR} {}
  template <class T>
  requires std::is_convertible_v<T, scalar> typed(T value)
      : c_{default_dtype(scalar(value)), BW_STANDING_SCALAR} {}

  [[nodiscard]] const bw_typed& c() const { return c_; }

 private:
  static dtype default_dtype(const scalar& s) {
    switch (s.c().kind) {
      case BW_SCALAR_BOOL:
        return boolean;
      case BW_SCALAR_INT:
        return i64;
      case BW_SCALAR_FLOAT:
        return f32;
      default:
        return c64;
    }
  }
  bw_typed c_;
};

/// The dtype that operands promote to; see bw_result_type.
///   Example:  result_type({f32, i64}) is f32; result_type({x, 1.5}) is f32 for an i32 tensor x
inline dtype result_type(std::initializer_list<typed> operands) {
  std::vector<bw_typed> all;
  for (const typed& operand : operands) all.push_back(operand.c());
  bw_dtype result = {};
  detail::check(bw_result_type(all.data(), all.size(), &result), nullptr);
  return result;
}

}  // namespace bitwhere
