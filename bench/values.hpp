// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/tensor.hpp>

#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <complex>
#include <cstdint>
#include <cstring>
#include <string>

// Test data as pure functions of the index, so that an oracle needs no copy of its inputs.
namespace bitwhere::bench {

// Well-mixed bits of (index, salt).
inline std::uint64_t mix(std::int64_t index, std::uint64_t salt) {
  std::uint64_t z = static_cast<std::uint64_t>(index) + salt * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// An f16 as its bits.
struct half {
  std::uint16_t bits;
};

// Values of type T: half of them positive.
template <class T>
struct sample {
  static T at(std::int64_t i, std::uint64_t salt) {
    return static_cast<T>(static_cast<std::int64_t>(mix(i, salt) & 0xffff) - 0x8000) / T(256);
  }
  static bool positive(T value) { return value > T(0); }
  static T small() { return T(0.25); }
  static float as_float(T value) { return static_cast<float>(value); }
};

template <>
struct sample<std::uint8_t> {
  static std::uint8_t at(std::int64_t i, std::uint64_t salt) {
    return static_cast<std::uint8_t>((mix(i, salt) & 1) != 0 ? mix(i, salt) >> 8 : 0);
  }
  static bool positive(std::uint8_t value) { return value != 0; }
  static std::uint8_t small() { return 1; }
};

template <>
struct sample<half> {
  static half at(std::int64_t i, std::uint64_t salt) {
    const auto bits = static_cast<std::uint32_t>(mix(i, salt));
    return {static_cast<std::uint16_t>((bits & 0x8000u) | (0x3000u + (bits & 0x0fffu)))};
  }
  static bool positive(half value) { return (value.bits & 0x8000u) == 0; }
  static half small() { return {0x3400}; }  // 0.25
  // Samples are normal numbers: only the bias of the exponent differs.
  static float as_float(half value) {
    const std::uint32_t size = value.bits & 0x7fffu;
    return std::bit_cast<float>((value.bits & 0x8000u) << 16 | ((size << 13) + (112u << 23)));
  }
};

template <class T>
struct sample<std::complex<T>> {
  static std::complex<T> at(std::int64_t i, std::uint64_t salt) {
    return {sample<T>::at(i, salt), sample<T>::at(i, salt + 1)};
  }
};

// Calls body(begin, end) for parts of [0, n) on all cores.
template <class Body>
void in_parts(std::int64_t n, Body body) {
  constexpr std::int64_t part = 1 << 18;
  oneapi::tbb::parallel_for(std::int64_t{0}, (n + part - 1) / part,
                            [&](std::int64_t k) { body(k * part, std::min(n, (k + 1) * part)); });
}

inline const context& host() {
  static const context cpu("cpu");
  return cpu;
}

// The tensor of f(0), f(1), ... on the device of `on`; every page has been written.
template <class F>
tensor made(const context& on, const shape_t& shape, dtype type, F f) {
  if (!on.is_cpu()) return to(on, made(host(), shape, type, f));
  tensor out(on, shape, type);
  auto* data = static_cast<decltype(f(0))*>(out.data());
  in_parts(out.size(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) data[i] = f(i);
  });
  return out;
}

// What is wrong with `out`, if its elements are not bit for bit f(0), f(1), ...; else nothing.
template <class F>
std::string first_wrong(const tensor& out, F f) {
  if (!out.on().is_cpu()) return first_wrong(to(host(), out), f);
  using T = decltype(f(0));
  const auto* data = static_cast<const T*>(out.data());
  std::atomic<std::int64_t> first{out.size()};
  in_parts(out.size(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const T right = f(i);
      if (std::memcmp(&data[i], &right, sizeof(T)) == 0) continue;
      for (std::int64_t seen = first; i < seen && !first.compare_exchange_weak(seen, i);) {
      }
      return;
    }
  });
  return first == out.size() ? "" : "element " + std::to_string(first) + " is wrong";
}

}  // namespace bitwhere::bench
