// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "array.hpp"

#include <algorithm>
#include <cstring>

namespace bitwhere::test {
namespace {

constexpr std::int64_t margin = 64;
constexpr std::uint8_t sentinel = 0xa5;

std::uint64_t float_bits(random_integers& random, int exponent_bits, int fraction_bits) {
  const std::uint64_t sign = random.next() & 1;
  const std::uint64_t all = (std::uint64_t{1} << exponent_bits) - 1;
  const std::uint64_t fraction_mask = (std::uint64_t{1} << fraction_bits) - 1;
  std::uint64_t exponent = all >> 1;  // around 1
  std::uint64_t fraction = random.next() & fraction_mask;
  switch (random.below(8)) {
    case 0:
      exponent = all;  // NaN with a payload, rarely infinity
      break;
    case 1:
      exponent = all;
      fraction = 0;
      break;
    case 2:
      exponent = 0;
      fraction = 0;
      break;
    case 3:
      exponent = 0;  // denormal
      break;
    case 4:
      exponent = random.next() & all;
      break;
    case 5:
      fraction = 0;  // exactly 1, 2 or 0.5: what the tests compare with
      exponent += static_cast<std::uint64_t>(random.below(3)) - 1;
      break;
    default:
      exponent += static_cast<std::uint64_t>(random.below(5)) - 2;
  }
  return sign << (exponent_bits + fraction_bits) | (exponent & all) << fraction_bits | fraction;
}

std::uint64_t element_bits(dtype type, random_integers& random) {
  switch (type.code) {
    case BW_BOOL: {
      const std::uint8_t truths[] = {0, 0, 0, 1, 1, 2, 0x80, 0xff};
      return truths[random.below(8)];
    }
    case BW_BFLOAT:
      return float_bits(random, 8, 7);
    case BW_FLOAT:
      return type.bits == 16   ? float_bits(random, 5, 10)
             : type.bits == 32 ? float_bits(random, 8, 23)
                               : float_bits(random, 11, 52);
    case BW_COMPLEX:
      return type.bits == 64 ? float_bits(random, 8, 23) | float_bits(random, 8, 23) << 32
                             : float_bits(random, 11, 52);
    default:
      // Mostly small, sometimes anything.
      return random.below(4) == 0 ? random.next() : static_cast<std::uint64_t>(random.below(7) - 3);
  }
}

void fill_element(dtype type, std::uint8_t* to, random_integers& random) {
  for (std::int64_t b = 0; b < type.bytes(); b += 8) {
    const std::uint64_t bits = element_bits(type, random);
    std::memcpy(to + b, &bits, static_cast<std::size_t>(std::min<std::int64_t>(8, type.bytes())));
  }
}

shape_t dense_strides(const shape_t& shape, const std::vector<std::size_t>& order) {
  shape_t strides(shape.size(), 0);
  std::int64_t step = 1;
  for (std::size_t k = order.size(); k-- > 0;) {
    strides[order[k]] = step;
    step *= std::max<std::int64_t>(shape[order[k]], 1);
  }
  return strides;
}

}  // namespace

std::string describe(layout chosen) {
  const char* names[] = {"dense",      "transposed",      "reversed",       "sliced",
                         "misaligned", "broadcast_inner", "broadcast_outer"};
  return names[static_cast<int>(chosen)];
}

std::int64_t array::elements() const {
  std::int64_t n = 1;
  for (const std::int64_t s : shape) n *= s;
  return n;
}

std::int64_t array::offset(const shape_t& index) const {
  std::int64_t at = origin;
  for (std::size_t d = 0; d < shape.size(); ++d) at += index[d] * strides[d] * type.bytes();
  return at;
}

const std::uint8_t* array::element(const shape_t& index) const {
  const std::size_t missing = index.size() - shape.size();
  std::int64_t at = origin;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] != 1) at += index[missing + d] * strides[d] * type.bytes();
  }
  return bytes.data() + at;
}

array blank_array(dtype type, const shape_t& shape, layout chosen) {
  array a{type, shape, {}, margin, {}};
  std::vector<std::size_t> order(shape.size());
  for (std::size_t d = 0; d < order.size(); ++d) order[d] = d;
  if (chosen == layout::transposed) std::reverse(order.begin(), order.end());
  a.strides = dense_strides(shape, order);
  if (chosen == layout::sliced) {
    for (std::int64_t& stride : a.strides) stride *= 3;
  }
  if (chosen == layout::misaligned) a.origin += 1;
  if (chosen == layout::broadcast_inner && !shape.empty()) a.strides.back() = 0;
  if (chosen == layout::broadcast_outer && !shape.empty()) a.strides.front() = 0;

  std::int64_t reach = 0;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    reach += std::max<std::int64_t>(shape[d] - 1, 0) * a.strides[d];
  }
  if (chosen == layout::reversed) {
    a.origin += reach * type.bytes();
    for (std::int64_t& stride : a.strides) stride = -stride;
  }
  // Whole margins: the emulated device aligns the end of memory, and so its beginning, too.
  const std::int64_t used = (reach + 1) * type.bytes() + 1;
  a.bytes.assign(static_cast<std::size_t>((used + margin - 1) / margin * margin + 2 * margin),
                 sentinel);
  return a;
}

array make_array(dtype type, const shape_t& shape, layout chosen, random_integers& random) {
  array a = blank_array(type, shape, chosen);
  for_each_index(shape, [&](const shape_t& index) {
    fill_element(type, a.bytes.data() + a.offset(index), random);
  });
  return a;
}

placed::placed(const context& on, const array& source)
    : buffer_(to(on, bitwhere::view(source.bytes))),
      view_(static_cast<std::uint8_t*>(buffer_.data()), source.type, source.shape, source.strides,
            on.memory(), static_cast<std::uint64_t>(source.origin)) {}

std::vector<std::uint8_t> placed::bytes() const {
  std::vector<std::uint8_t> host(static_cast<std::size_t>(buffer_.size()));
  copy(buffer_.on(), buffer_, bitwhere::view(host));
  return host;
}

}  // namespace bitwhere::test
