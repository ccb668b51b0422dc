// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "values.hpp"

#include <bitwhere/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bitwhere::tool {

/// How a tensor lies in memory.
enum class layout {
  dense,
  transposed,       ///< the first dimension is packed
  reversed,         ///< negative strides
  sliced,           ///< every third element
  misaligned,       ///< one byte beside an element's alignment
  broadcast_inner,  ///< the last dimension has stride 0
  broadcast_outer   ///< the first dimension has stride 0
};

inline constexpr layout all_layouts[] = {
    layout::dense,      layout::transposed,      layout::reversed,       layout::sliced,
    layout::misaligned, layout::broadcast_inner, layout::broadcast_outer};
/// Those whose elements lie apart, which is what an output needs.
inline constexpr layout output_layouts[] = {layout::transposed, layout::reversed, layout::sliced,
                                            layout::misaligned};

std::string_view name_of(layout lies);

/// A tensor in a buffer of its own, on the host; its neighbours are filled with a mark.
struct source {
  dtype type;
  shape_t shape;
  shape_t strides;          ///< in elements
  std::int64_t origin = 0;  ///< the byte of the buffer where index 0 lies
  std::vector<std::byte> bytes;

  [[nodiscard]] std::int64_t elements() const { return elements_of(shape); }
  [[nodiscard]] static std::int64_t elements_of(const shape_t& shape);
};

/// Every element holds the mark.
source make_source(dtype type, const shape_t& shape, layout lies);

/// Writes the elements in row-major order of their indices, whatever the layout: those that are
/// repeated by stride 0 once.
void fill(source& to, const std::function<void(std::byte*)>& draw);

/// The elements of `from`, whose buffer may have been replaced, in row-major order.
std::vector<std::byte> gather(const source& layout_of, std::span<const std::byte> buffer);

/// The first byte of a buffer that is no element and lost its mark; -1 where there is none.
std::int64_t first_stray_byte(const source& layout_of, std::span<const std::byte> buffer);

}  // namespace bitwhere::tool
