// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bit>
#include <mutex>

#include "values.hpp"

// Logits, labels and class weights of the benchmarks of losses and of their gradients.
namespace bitwhere::bench {

inline constexpr std::uint64_t salt = 23;

// From -4 to 4, exact in bf16.
inline float logit_at(std::int64_t i) {
  return static_cast<float>(static_cast<std::int64_t>(mix(i, salt) & 0x7f) - 0x40) / 16;
}
inline std::uint16_t brain_at(std::int64_t i) {
  return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(logit_at(i)) >> 16);
}
inline constexpr std::int64_t ignored = 255;
inline std::int64_t label_at(std::int64_t i, std::int64_t classes) {
  const std::uint64_t z = mix(i, salt + 1);
  const auto label = static_cast<std::int64_t>((z >> 8) % static_cast<std::uint64_t>(classes));
  return (z & 15) == 0 || label == ignored ? ignored : label;
}
inline float class_weight_at(std::int64_t c) { return c == 0 ? 1.0f : 5.0f; }

// Sums of f(i) over [0, n) in f64, on all cores.
struct two_sums {
  double loss = 0;
  double weight = 0;
};
template <class F>
two_sums summed(std::int64_t n, F f) {
  two_sums all;
  std::mutex adding;
  in_parts(n, [&](std::int64_t begin, std::int64_t end) {
    two_sums part;
    for (std::int64_t i = begin; i < end; ++i) f(i, part);
    const std::lock_guard lock(adding);
    all.loss += part.loss;
    all.weight += part.weight;
  });
  return all;
}

enum class layout { planes, rows };

// Images of up to 512 x 512 pixels.
inline std::int64_t image_pixels(std::int64_t n) { return std::min<std::int64_t>(n, 1 << 18); }

inline std::int64_t index_of(layout lies, std::int64_t n, std::int64_t classes, std::int64_t pixel,
                             std::int64_t c) {
  if (lies == layout::rows) return pixel * classes + c;
  const std::int64_t image = image_pixels(n);
  return (pixel / image * classes + c) * image + pixel % image;
}

}  // namespace bitwhere::bench
