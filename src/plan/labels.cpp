// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "labels.hpp"

#include <algorithm>

#include "failure.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "scalar.hpp"

namespace bitwhere::plan {

static_assert(sizeof(kernels::report) == sizeof(bw_report));
static_assert(kernels::max_ignore == BW_MAX_IGNORE);

bool is_label_dtype(dtype type) { return type >= dtype::u8 && type <= dtype::i64; }

kernels::label_kind label_kind_of(const tensor& t) {
  switch (t.type) {
    case dtype::u8:
      return kernels::label_kind::u8;
    case dtype::i8:
      return kernels::label_kind::i8;
    case dtype::i16:
      return kernels::label_kind::i16;
    case dtype::i32:
      return kernels::label_kind::i32;
    case dtype::i64:
      return kernels::label_kind::i64;
    default:
      throw failure(
          BW_INVALID_DTYPE,
          std::string(t.name) + ": labels are u8, i8, i16, i32 or i64, not " + name_of(t.type));
  }
}

void fill_ignore(const int64_t* ignore, size_t count, dtype labels, kernels::ignore_list& to) {
  if (ignore == nullptr && count != 0) {
    throw failure(BW_INVALID_ARGUMENT, "options: ignore is NULL though ignore_count is not 0");
  }
  if (count > BW_MAX_IGNORE) {
    throw failure(BW_INVALID_ARGUMENT, "options: ignore_count " + std::to_string(count) +
                                           " is above " + std::to_string(BW_MAX_IGNORE));
  }
  const limits range = integer_limits(labels);
  int64_t* end = to.value;
  for (size_t i = 0; i < count; ++i) {
    const int64_t value = ignore[i];
    if (value < range.low || value > range.high) continue;
    if (std::find(to.value, end, value) == end) *end++ = value;
  }
  to.count = static_cast<int32_t>(end - to.value);
}

void check_first_element(int64_t first, int64_t elements) {
  int64_t end = 0;
  if (first >= 0 && !__builtin_add_overflow(first, elements, &end)) return;
  throw failure(BW_INVALID_ARGUMENT, "options: first_element " + std::to_string(first) +
                                         " is negative or overflows with the elements of the maps");
}

kernels::report* checked_report(const placement& on, bw_report* report, const tensor* others,
                                size_t count) {
  const tensor reported = checked_counters(on, report, 2, "report");
  for (size_t i = 0; i < count; ++i) require_apart(reported, others[i]);
  return reinterpret_cast<kernels::report*>(report);
}

int checked_dim(int32_t dim, int rank, const char* what) {
  const int at = dim < 0 ? dim + rank : dim;
  if (at >= 0 && at < rank) return at;
  throw failure(BW_INVALID_ARGUMENT, std::string(what) + ": " + std::to_string(dim) +
                                         " is no dimension of a tensor of rank " +
                                         std::to_string(rank));
}

}  // namespace bitwhere::plan
