// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "reduced.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "conversion.hpp"
#include "promotion_table.hpp"
#include "wide_integer.hpp"

namespace bitwhere::test {
namespace {

std::vector<std::uint8_t> bytes_of(std::uint64_t bits, dtype type) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(type.bytes()));
  std::memcpy(out.data(), &bits, out.size());
  return out;
}

exact_sum sum_of(const std::vector<selected>& from, dtype type) {
  exact_sum out;
  for (const selected& s : from) {
    const number value = number_of(type, s.element);
    value.whole ? out.add(value.integer) : out.add(value.real);
  }
  return out;
}

std::vector<std::uint8_t> sum(const std::vector<selected>& from, const finishing& how) {
  if (is_float(how.of)) return bytes_of(sum_of(from, how.of).nearest(how.type), how.type);
  std::uint64_t total = 0;  // modulo 2^64
  for (const selected& s : from) {
    total += static_cast<std::uint64_t>(number_of(how.of, s.element).integer);
  }
  return bytes_of(total, how.type);
}

std::vector<std::uint8_t> mean(const std::vector<selected>& from, const finishing& how) {
  double denominator = static_cast<double>(static_cast<std::int64_t>(from.size()));
  if (how.denominator_eps != 0) denominator += how.denominator_eps;
  double value = 0;
  if (denominator == 0) {
    value = how.empty == empty_mean::nan ? std::nan("") : 0.0;
  } else {
    value = std::bit_cast<double>(sum_of(from, how.of).nearest(f64)) / denominator;
  }
  return bytes_of(nearest(value, how.type), how.type);
}

bool is_nan(const number& value) { return !value.whole && std::isnan(value.real); }

bool is_less(const number& a, const number& b) {
  return a.whole ? a.integer < b.integer : a.real < b.real;
}

// The first element that no other beats: NaN beats all, zeros are equal.
const selected* extreme(const std::vector<selected>& from, dtype type, bool largest) {
  const selected* best = nullptr;
  for (const selected& s : from) {
    if (best == nullptr) {
      best = &s;
      continue;
    }
    const number value = number_of(type, s.element);
    const number held = number_of(type, best->element);
    if (is_nan(held)) continue;
    const bool wins = is_nan(value) || (largest ? is_less(held, value) : is_less(value, held));
    if (wins) best = &s;
  }
  return best;
}

std::vector<std::uint8_t> extreme_value(const std::vector<selected>& from, const finishing& how) {
  const bool largest = how.by == reducer::max;
  const selected* best = extreme(from, how.of, largest);
  if (best == nullptr) {
    return is_float(how.of) ? bytes_of(nearest(std::nan(""), how.of), how.of) : bytes_of(0, how.of);
  }
  number value = number_of(how.of, best->element);
  if (!value.whole && value.real == 0) {
    // Of zeros the greater one is +0.
    bool positive = false;
    bool negative = false;
    for (const selected& s : from) {
      const double other = number_of(how.of, s.element).real;
      if (other == 0) (std::signbit(other) ? negative : positive) = true;
    }
    value.real = (largest ? positive : !negative) ? 0.0 : -0.0;
  }
  return value.whole ? bytes_of(static_cast<std::uint64_t>(value.integer), how.of)
                     : bytes_of(nearest(value.real, how.of), how.of);
}

std::vector<std::uint8_t> integer(std::int64_t value) {
  return bytes_of(static_cast<std::uint64_t>(value), i64);
}

}  // namespace

dtype usual_type(reducer by, dtype of) {
  switch (by) {
    case reducer::sum:
      return is_float(of) ? of : i64;
    case reducer::mean:
      return is_float(of) ? of : f32;
    case reducer::min:
    case reducer::max:
      return of;
    default:
      return i64;
  }
}

std::vector<std::uint8_t> reduced_element(const std::vector<selected>& from, const finishing& how) {
  switch (how.by) {
    case reducer::sum:
      return sum(from, how);
    case reducer::mean:
      return mean(from, how);
    case reducer::count:
      return integer(static_cast<std::int64_t>(from.size()));
    case reducer::min:
    case reducer::max:
      return extreme_value(from, how);
    default: {
      const selected* best = extreme(from, how.of, how.by == reducer::argmax);
      return integer(best == nullptr ? -1 : best->index + how.first_index);
    }
  }
}

std::vector<bool> reduced_by(const std::vector<std::int32_t>& dims, std::size_t rank) {
  std::vector<bool> out(rank, dims.empty());
  for (const std::int32_t d : dims) {
    out[static_cast<std::size_t>(d < 0 ? d + static_cast<std::int32_t>(rank) : d)] = true;
  }
  return out;
}

std::vector<std::vector<std::int32_t>> every_choice(int rank) {
  std::vector<std::vector<std::int32_t>> all;
  for (unsigned set = 0; set < 1u << rank; ++set) {
    std::vector<std::int32_t> dims;
    for (int d = 0; d < rank; ++d) {
      if ((set >> d & 1) != 0) dims.push_back((set + static_cast<unsigned>(d)) % 2 ? d : d - rank);
    }
    all.push_back(dims);
  }
  return all;
}

reduced reduced_tensor(const array& x, const judged* where, const std::vector<std::int32_t>& dims,
                       bool keepdim, const finishing& how) {
  const shape_t shape = where == nullptr ? x.shape : broadcast(x.shape, where->shape);
  const std::vector<bool> gone = reduced_by(dims, shape.size());
  reduced out;
  std::size_t outputs = 1;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (!gone[d]) outputs *= static_cast<std::size_t>(shape[d]);
    if (!gone[d] || keepdim) out.shape.push_back(gone[d] ? 1 : shape[d]);
  }
  std::vector<std::vector<selected>> of(outputs);
  for_each_index(shape, [&](const shape_t& index) {
    std::int64_t output = 0;
    std::int64_t among = 0;
    for (std::size_t d = 0; d < shape.size(); ++d) {
      std::int64_t& at = gone[d] ? among : output;
      at = at * shape[d] + index[d];
    }
    if (where != nullptr && !where->truth(index)) return;
    of[static_cast<std::size_t>(output)].push_back({among, x.element(index)});
  });
  for (std::size_t k = 0; k < outputs; ++k) {
    const std::vector<std::uint8_t> one = reduced_element(of[k], how);
    out.bytes.insert(out.bytes.end(), one.begin(), one.end());
    if (!of[k].empty()) continue;
    if (out.report.count++ == 0) out.report.first_index = static_cast<std::int64_t>(k);
  }
  return out;
}

const char* describe(reducer by) {
  constexpr const char* names[] = {"sum", "mean", "count", "min", "max", "argmin", "argmax"};
  return names[static_cast<int>(by)];
}

}  // namespace bitwhere::test
