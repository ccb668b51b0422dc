// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "source.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace bitwhere::tool {

namespace {

constexpr std::int64_t margin = 64;
constexpr std::byte mark{0xA5};

/// Calls visit(byte offset) for every index of `shape` in row-major order.
template <class Visit>
void for_each_offset(const source& of, const shape_t& shape, Visit visit) {
  if (source::elements_of(shape) == 0) return;
  const std::int64_t size = of.type.bytes();
  if (shape.empty()) return visit(of.origin);
  shape_t index(shape.size(), 0);
  const std::int64_t inner = shape.back();
  const std::int64_t step = of.strides.back() * size;
  while (true) {
    std::int64_t at = of.origin;
    for (std::size_t d = 0; d + 1 < shape.size(); ++d) at += index[d] * of.strides[d] * size;
    for (std::int64_t i = 0; i < inner; ++i) visit(at + i * step);
    std::size_t d = shape.size() - 1;
    while (d-- > 0) {
      if (++index[d] < shape[d]) break;
      index[d] = 0;
    }
    if (d == static_cast<std::size_t>(-1)) return;
  }
}

shape_t strides_of(const shape_t& shape, layout lies) {
  shape_t strides(shape.size(), 0);
  std::int64_t step = lies == layout::sliced ? 3 : 1;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const std::size_t d = lies == layout::transposed ? k : shape.size() - 1 - k;
    const bool repeated = (lies == layout::broadcast_inner && d + 1 == shape.size()) ||
                          (lies == layout::broadcast_outer && d == 0);
    strides[d] = repeated ? 0 : step;
    if (!repeated) step *= std::max<std::int64_t>(shape[d], 1);
  }
  return strides;
}

}  // namespace

std::string_view name_of(layout lies) {
  constexpr std::string_view names[] = {"dense",      "transposed",      "reversed",       "sliced",
                                        "misaligned", "broadcast-inner", "broadcast-outer"};
  return names[static_cast<std::size_t>(lies)];
}

std::int64_t source::elements_of(const shape_t& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

source make_source(dtype type, const shape_t& shape, layout lies) {
  source out{type, shape, strides_of(shape, lies), margin, {}};
  if (lies == layout::misaligned) out.origin += 1;
  std::int64_t reach = 0;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    reach += std::max<std::int64_t>(shape[d] - 1, 0) * out.strides[d];
  }
  if (lies == layout::reversed) {
    out.origin += reach * type.bytes();
    for (std::int64_t& stride : out.strides) stride = -stride;
  }
  out.bytes.assign(static_cast<std::size_t>((reach + 1) * type.bytes() + 2 * margin), mark);
  return out;
}

void fill(source& to, const std::function<void(std::byte*)>& draw) {
  shape_t stored = to.shape;
  for (std::size_t d = 0; d < stored.size(); ++d) {
    if (to.strides[d] == 0) stored[d] = std::min<std::int64_t>(stored[d], 1);
  }
  for_each_offset(to, stored, [&](std::int64_t at) { draw(to.bytes.data() + at); });
}

std::vector<std::byte> gather(const source& layout_of, std::span<const std::byte> buffer) {
  const auto size = static_cast<std::size_t>(layout_of.type.bytes());
  std::vector<std::byte> out(static_cast<std::size_t>(layout_of.elements()) * size);
  std::byte* to = out.data();
  for_each_offset(layout_of, layout_of.shape, [&](std::int64_t at) {
    std::memcpy(to, buffer.data() + at, size);
    to += size;
  });
  return out;
}

std::int64_t first_stray_byte(const source& layout_of, std::span<const std::byte> buffer) {
  std::vector<bool> is_element(buffer.size(), false);
  for_each_offset(layout_of, layout_of.shape, [&](std::int64_t at) {
    std::fill_n(is_element.begin() + at, layout_of.type.bytes(), true);
  });
  for (std::size_t i = 0; i < buffer.size(); ++i) {
    if (!is_element[i] && buffer[i] != mark) return static_cast<std::int64_t>(i);
  }
  return -1;
}

}  // namespace bitwhere::tool
