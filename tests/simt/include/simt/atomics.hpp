// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

#include "simt/qualifiers.hpp"
#include "simt/site.hpp"

namespace simt::detail {

/// A point where other threads may run. `after_atomic(false)` is what a spin loop looks like, so
/// it gives way even in the sequential schedule.
void before_atomic(const void* address, std::size_t bytes, site where);
void after_atomic(bool changed, site where);
void fence(site where);
void pause(site where);
[[noreturn]] void trap(site where);

template <class T, class Update>
T atomic_update(T* address, site where, const Update& update) {
  before_atomic(address, sizeof(T), where);
  const T old = *address;
  const T fresh = update(old);
  *address = fresh;
  after_atomic(fresh != old, where);
  return old;
}

template <class T>
concept atomic_word =
    std::same_as<T, int> || std::same_as<T, unsigned> || std::same_as<T, unsigned long long>;
template <class T>
concept atomic_integer = atomic_word<T> || std::same_as<T, long long>;

// Keeps the second argument from taking part in deduction: `atomicAdd(p, 1)` takes p's type.
template <class T>
using value_of = std::type_identity_t<T>;

}  // namespace simt::detail

template <simt::detail::atomic_word T>
T atomicAdd(T* address, simt::detail::value_of<T> value, simt::site where = simt::site::here()) {
  // Through unsigned long long: the hardware wraps, signed overflow in C++ is undefined.
  return simt::detail::atomic_update(address, where, [value](T old) {
    return static_cast<T>(static_cast<unsigned long long>(old) +
                          static_cast<unsigned long long>(value));
  });
}
// A floating-point atomic sums in the order of arrival, so its bits would change from run to run.
float atomicAdd(float* address, float value) = delete;
double atomicAdd(double* address, double value) = delete;

template <simt::detail::atomic_word T>
requires(sizeof(T) == 4) T
    atomicSub(T* address, simt::detail::value_of<T> value, simt::site where = simt::site::here()) {
  return simt::detail::atomic_update(address, where, [value](T old) {
    return static_cast<T>(static_cast<unsigned>(old) - static_cast<unsigned>(value));
  });
}
template <simt::detail::atomic_integer T>
T atomicMin(T* address, simt::detail::value_of<T> value, simt::site where = simt::site::here()) {
  return simt::detail::atomic_update(address, where,
                                     [value](T old) { return value < old ? value : old; });
}
template <simt::detail::atomic_integer T>
T atomicMax(T* address, simt::detail::value_of<T> value, simt::site where = simt::site::here()) {
  return simt::detail::atomic_update(address, where,
                                     [value](T old) { return old < value ? value : old; });
}
template <simt::detail::atomic_word T>
T atomicAnd(T* address, simt::detail::value_of<T> value, simt::site where = simt::site::here()) {
  return simt::detail::atomic_update(address, where, [value](T old) { return old & value; });
}
template <simt::detail::atomic_word T>
T atomicOr(T* address, simt::detail::value_of<T> value, simt::site where = simt::site::here()) {
  return simt::detail::atomic_update(address, where, [value](T old) { return old | value; });
}
template <simt::detail::atomic_word T>
T atomicXor(T* address, simt::detail::value_of<T> value, simt::site where = simt::site::here()) {
  return simt::detail::atomic_update(address, where, [value](T old) { return old ^ value; });
}
template <class T>
requires simt::detail::atomic_word<T> || std::same_as<T, float> T
atomicExch(T* address, simt::detail::value_of<T> value, simt::site where = simt::site::here()) {
  return simt::detail::atomic_update(address, where, [value](T) { return value; });
}
template <class T>
requires simt::detail::atomic_word<T> || std::same_as<T, unsigned short> T
atomicCAS(T* address, simt::detail::value_of<T> expected, simt::detail::value_of<T> value,
          simt::site where = simt::site::here()) {
  return simt::detail::atomic_update(
      address, where, [expected, value](T old) { return old == expected ? value : old; });
}
/// Counts up and wraps to 0 after `limit`: the self-resetting ticket of a last-arriver reduction.
inline unsigned atomicInc(unsigned* address, unsigned limit,
                          simt::site where = simt::site::here()) {
  return simt::detail::atomic_update(
      address, where, [limit](unsigned old) { return old >= limit ? 0u : old + 1u; });
}
inline unsigned atomicDec(unsigned* address, unsigned limit,
                          simt::site where = simt::site::here()) {
  return simt::detail::atomic_update(address, where, [limit](unsigned old) {
    return old == 0u || old > limit ? limit : old - 1u;
  });
}

// Every store is visible at once here, so a missing fence does not show; a fence only gives other
// threads the chance to run.
inline void __threadfence(simt::site where = simt::site::here()) { simt::detail::fence(where); }
inline void __threadfence_block(simt::site where = simt::site::here()) {
  simt::detail::fence(where);
}
inline void __threadfence_system(simt::site where = simt::site::here()) {
  simt::detail::fence(where);
}
inline void __nanosleep(unsigned, simt::site where = simt::site::here()) {
  simt::detail::pause(where);
}
[[noreturn]] inline void __trap(simt::site where = simt::site::here()) {
  simt::detail::trap(where);
}
