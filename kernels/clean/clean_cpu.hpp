// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/simd.hpp"
#include "../tile/output_cpu.hpp"
#include "clean_formula.hpp"

namespace bitwhere::kernels {
namespace {

template <class Bits, bool Stream>
void clean_row(const clean_args& args, const unsigned char* x, bool splat, unsigned char* out,
               int64_t columns, replaced& found) {
  const hn::ScalableTag<Bits> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<Bits>());
  constexpr int64_t size = sizeof(Bits);
  const int64_t parts = parts_of(args.type);
  const int64_t reals = columns * parts;
  const clean_constants<Bits> one = clean_constants_of<Bits>(args.type, args.with);
  using V = decltype(hn::Zero(d));
  const clean_constants<V> all = {
      hn::Set(d, one.mask), hn::Set(d, one.infinity), hn::Set(d, one.negative_infinity),
      hn::Set(d, one.nan),  hn::Set(d, one.posinf),   hn::Set(d, one.neginf)};
  int64_t i = 0;
  if (!splat) {
    for (; i + lanes <= reals; i += lanes) {
      const V bits = hn::LoadU(d, reinterpret_cast<const Bits*>(x + i * size));
      const V size_bits = hn::And(bits, all.mask);
      const auto clean = clean_formula<simd_lane>(bits, size_bits, all);
      Bits* const to = reinterpret_cast<Bits*>(out + i * size);
      if constexpr (Stream) {
        hn::Stream(clean.value, d, to);
      } else {
        hn::StoreU(clean.value, d, to);
      }
      // Rarely anything is found: one test for all three.
      if (hn::AllTrue(d, hn::Lt(size_bits, all.infinity))) continue;
      found.nan += static_cast<int64_t>(hn::CountTrue(d, clean.nan));
      found.posinf += static_cast<int64_t>(hn::CountTrue(d, clean.posinf));
      found.neginf += static_cast<int64_t>(hn::CountTrue(d, clean.neginf));
    }
  }
  for (; i < reals; ++i) {
    const Bits bits = load<Bits>(x + (splat ? i % parts : i) * size);
    const auto clean = clean_formula<scalar_lane>(bits, static_cast<Bits>(bits & one.mask), one);
    store(out + i * size, clean.value);
    found.nan += clean.nan ? 1 : 0;
    found.posinf += clean.posinf ? 1 : 0;
    found.neginf += clean.neginf ? 1 : 0;
  }
}

using clean_function = void (*)(const clean_args&, const unsigned char*, bool, unsigned char*,
                                int64_t, replaced&);

template <bool Stream>
clean_function clean_code_of(dtype type) {
  switch (element_bytes(type) / parts_of(type)) {
    case 2:
      return clean_row<int16_t, Stream>;
    case 4:
      return clean_row<int32_t, Stream>;
    default:
      return clean_row<int64_t, Stream>;
  }
}

// Units [begin, end) of the index space.
void clean_range(const clean_args& args, int64_t begin, int64_t end, replaced& found) {
  const clean_function plain = clean_code_of<false>(args.type);
  const clean_function streamed = clean_code_of<true>(args.type);
  const int64_t size = element_bytes(args.type);
  const fetch_function fetch = fetch_code_of(size);
  const bool stream = worth_streaming(args.s, args.out, size) && args.out.data != args.x.data;
  replaced seen = {0, 0, 0};
  scratch room;
  for_each_output_tile(
      args.s, args.out, size, stream, size, begin, end, [&](const tile& t, const target& to) {
        const strip x = fetch(args.s, args.x, t, room);
        for (int64_t r = 0; r < t.rows; ++r) {
          (to.streams(r) ? streamed : plain)(args, x.p + r * x.row_step, x.splat,
                                             to.p + r * to.row_step, t.columns, seen);
        }
      });
  found.nan += seen.nan;
  found.posinf += seen.posinf;
  found.neginf += seen.neginf;
}

}  // namespace
}  // namespace bitwhere::kernels
