// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../plan/promotion.hpp"
#include "call.hpp"

using namespace bitwhere;

bw_status bw_result_type(const bw_typed* operands, size_t count, bw_dtype* result) {
  return api::call(nullptr, [&] {
    if (result == nullptr) throw failure(BW_INVALID_ARGUMENT, "result: is NULL");
    *result = plan::to_c(plan::result_type(operands, count));
  });
}
