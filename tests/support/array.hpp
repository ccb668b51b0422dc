// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "random.hpp"

namespace bitwhere::test {

// A strided tensor in a buffer of its own with room around it, so that a write beside the
// elements is seen. Made on the host; `place` gives the same layout on any context.
struct array {
  dtype type;
  shape_t shape;
  shape_t strides;          // in elements
  std::int64_t origin = 0;  // byte of the buffer where index 0 lies
  std::vector<std::uint8_t> bytes;

  [[nodiscard]] std::int64_t elements() const;
  // The byte of the buffer where this logical index lies.
  [[nodiscard]] std::int64_t offset(const shape_t& index) const;
  [[nodiscard]] const std::uint8_t* at(const shape_t& index) const {
    return bytes.data() + offset(index);
  }
  // The element that an index of a shape to which this one broadcasts falls on.
  [[nodiscard]] const std::uint8_t* element(const shape_t& index) const;
};

// How a test lays out a tensor of a given shape.
enum class layout {
  dense,
  transposed,
  reversed,
  sliced,
  misaligned,
  broadcast_inner,
  broadcast_outer
};

inline constexpr layout all_layouts[] = {
    layout::dense,      layout::transposed,      layout::reversed,       layout::sliced,
    layout::misaligned, layout::broadcast_inner, layout::broadcast_outer};
// Those whose elements lie apart, which is what an output needs.
inline constexpr layout distinct_layouts[] = {layout::dense, layout::transposed, layout::reversed,
                                              layout::sliced, layout::misaligned};
std::string describe(layout chosen);

// An array of `shape` whose elements nobody has set.
array blank_array(dtype type, const shape_t& shape, layout chosen);
// An array of `shape` filled with bytes that make every kind of value: small integers, NaN of many
// payloads, infinities, both zeros, denormals; bool bytes from 0 to 255.
array make_array(dtype type, const shape_t& shape, layout chosen, random_integers& random);

// Every logical index of `shape` in row-major order: calls visit(index).
template <class Visit>
void for_each_index(const shape_t& shape, Visit visit) {
  for (const std::int64_t s : shape) {
    if (s == 0) return;
  }
  shape_t index(shape.size(), 0);
  while (true) {
    visit(static_cast<const shape_t&>(index));
    std::size_t d = shape.size();
    while (d-- > 0) {
      if (++index[d] < shape[d]) break;
      index[d] = 0;
    }
    if (d == static_cast<std::size_t>(-1)) return;
  }
}

// The buffer of an array in memory of a context, and a view of it in the array's layout.
class placed {
 public:
  placed(const context& on, const array& source);
  [[nodiscard]] const tensor_view& view() const { return view_; }
  // The whole buffer, brought to the host.
  [[nodiscard]] std::vector<std::uint8_t> bytes() const;

 private:
  tensor buffer_;
  tensor_view view_;
};

}  // namespace bitwhere::test
