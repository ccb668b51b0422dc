// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>

#include "simt/qualifiers.hpp"
#include "simt/site.hpp"

namespace simt::detail {

enum class shuffle : std::uint8_t { index, up, down, exclusive_or };
enum class reduction : std::uint8_t {
  add,
  min_signed,
  min,
  max_signed,
  max,
  bit_and,
  bit_or,
  bit_xor,
};

/// What a barrier tells each of its threads: how many took part, for how many the predicate held.
struct barrier_votes {
  unsigned threads;
  unsigned true_threads;
};

barrier_votes block_barrier(const char* name, bool predicate, site where);
void warp_barrier(unsigned mask, site where);
std::uint64_t warp_shuffle(shuffle kind, unsigned mask, std::uint64_t bits, unsigned bytes,
                           unsigned operand, unsigned width, site where);
unsigned warp_ballot(const char* name, unsigned mask, bool predicate, site where);
unsigned warp_match(const char* name, unsigned mask, std::uint64_t bits, site where);
unsigned warp_reduce(reduction kind, unsigned mask, unsigned value, site where);

/// CUDA shuffles these types and no other; smaller ones are to be widened by the caller.
template <class T>
concept shuffled = std::same_as<T, int> || std::same_as<T, unsigned> || std::same_as<T, long> ||
    std::same_as<T, unsigned long> || std::same_as<T, long long> ||
    std::same_as<T, unsigned long long> || std::same_as<T, float> || std::same_as<T, double>;

template <shuffled T>
std::uint64_t to_bits(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

template <shuffled T>
T shuffle_as(shuffle kind, unsigned mask, T value, unsigned operand, int width, site where) {
  const std::uint64_t bits = warp_shuffle(kind, mask, to_bits(value), sizeof value, operand,
                                          static_cast<unsigned>(width), where);
  T result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

}  // namespace simt::detail

inline void __syncthreads(simt::site where = simt::site::here()) {
  simt::detail::block_barrier("__syncthreads", false, where);
}
inline int __syncthreads_count(int predicate, simt::site where = simt::site::here()) {
  const auto votes = simt::detail::block_barrier("__syncthreads_count", predicate != 0, where);
  return static_cast<int>(votes.true_threads);
}
inline int __syncthreads_and(int predicate, simt::site where = simt::site::here()) {
  const auto votes = simt::detail::block_barrier("__syncthreads_and", predicate != 0, where);
  return votes.true_threads == votes.threads;
}
inline int __syncthreads_or(int predicate, simt::site where = simt::site::here()) {
  return simt::detail::block_barrier("__syncthreads_or", predicate != 0, where).true_threads != 0;
}
inline void __syncwarp(unsigned mask = 0xffffffffu, simt::site where = simt::site::here()) {
  simt::detail::warp_barrier(mask, where);
}

template <simt::detail::shuffled T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32,
              simt::site where = simt::site::here()) {
  using enum simt::detail::shuffle;
  return simt::detail::shuffle_as(index, mask, value, static_cast<unsigned>(source), width, where);
}
template <simt::detail::shuffled T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32,
                 simt::site where = simt::site::here()) {
  return simt::detail::shuffle_as(simt::detail::shuffle::up, mask, value, delta, width, where);
}
template <simt::detail::shuffled T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32,
                   simt::site where = simt::site::here()) {
  return simt::detail::shuffle_as(simt::detail::shuffle::down, mask, value, delta, width, where);
}
template <simt::detail::shuffled T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = 32,
                  simt::site where = simt::site::here()) {
  using enum simt::detail::shuffle;
  return simt::detail::shuffle_as(exclusive_or, mask, value, static_cast<unsigned>(lane_mask),
                                  width, where);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, simt::site where = simt::site::here()) {
  return simt::detail::warp_ballot("__ballot_sync", mask, predicate != 0, where);
}
inline int __any_sync(unsigned mask, int predicate, simt::site where = simt::site::here()) {
  return simt::detail::warp_ballot("__any_sync", mask, predicate != 0, where) != 0;
}
inline int __all_sync(unsigned mask, int predicate, simt::site where = simt::site::here()) {
  return simt::detail::warp_ballot("__all_sync", mask, predicate != 0, where) == mask;
}
template <simt::detail::shuffled T>
unsigned __match_any_sync(unsigned mask, T value, simt::site where = simt::site::here()) {
  return simt::detail::warp_match("__match_any_sync", mask, simt::detail::to_bits(value), where);
}
template <simt::detail::shuffled T>
unsigned __match_all_sync(unsigned mask, T value, int* all_equal,
                          simt::site where = simt::site::here()) {
  const unsigned equal =
      simt::detail::warp_match("__match_all_sync", mask, simt::detail::to_bits(value), where);
  *all_equal = equal == mask;
  return equal == mask ? mask : 0;
}

inline unsigned __reduce_add_sync(unsigned mask, unsigned value,
                                  simt::site where = simt::site::here()) {
  return simt::detail::warp_reduce(simt::detail::reduction::add, mask, value, where);
}
inline int __reduce_add_sync(unsigned mask, int value, simt::site where = simt::site::here()) {
  return static_cast<int>(__reduce_add_sync(mask, static_cast<unsigned>(value), where));
}
inline unsigned __reduce_min_sync(unsigned mask, unsigned value,
                                  simt::site where = simt::site::here()) {
  return simt::detail::warp_reduce(simt::detail::reduction::min, mask, value, where);
}
inline int __reduce_min_sync(unsigned mask, int value, simt::site where = simt::site::here()) {
  return static_cast<int>(simt::detail::warp_reduce(simt::detail::reduction::min_signed, mask,
                                                    static_cast<unsigned>(value), where));
}
inline unsigned __reduce_max_sync(unsigned mask, unsigned value,
                                  simt::site where = simt::site::here()) {
  return simt::detail::warp_reduce(simt::detail::reduction::max, mask, value, where);
}
inline int __reduce_max_sync(unsigned mask, int value, simt::site where = simt::site::here()) {
  return static_cast<int>(simt::detail::warp_reduce(simt::detail::reduction::max_signed, mask,
                                                    static_cast<unsigned>(value), where));
}
inline unsigned __reduce_and_sync(unsigned mask, unsigned value,
                                  simt::site where = simt::site::here()) {
  return simt::detail::warp_reduce(simt::detail::reduction::bit_and, mask, value, where);
}
inline unsigned __reduce_or_sync(unsigned mask, unsigned value,
                                 simt::site where = simt::site::here()) {
  return simt::detail::warp_reduce(simt::detail::reduction::bit_or, mask, value, where);
}
inline unsigned __reduce_xor_sync(unsigned mask, unsigned value,
                                  simt::site where = simt::site::here()) {
  return simt::detail::warp_reduce(simt::detail::reduction::bit_xor, mask, value, where);
}
