// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_cpu.hpp"
#include "../tile/output_cpu.hpp"
#include "elementwise_formula.hpp"

// A row of a tile goes through up to three short loops in the cache: what the condition excludes is
// replaced by 1 and f16 and bf16 are widened; the function is computed; what was excluded becomes
// `otherwise`, and the result is narrowed. So dtypes, functions and conditions add in the code.
// Elements of other dtypes are converted first, those that are excluded as 0: a conversion, too,
// raises exceptions.
namespace bitwhere::kernels {
namespace {

// Where vectors are loaded and stored; single elements are moved by load and store.
template <class C>
BITWHERE_FN const C* element_at(const unsigned char* p, int64_t i) {
  return reinterpret_cast<const C*>(p) + i;
}
template <class C>
BITWHERE_FN C* element_at(unsigned char* p, int64_t i) {
  return reinterpret_cast<C*>(p) + i;
}

// Vectors as what is computed with, 1 where the bits say no.
template <class T>
struct admitted_vectors {
  template <class D>
  static BITWHERE_FN auto load(D d, uint64_t bits, const unsigned char* p) {
    const auto one = hn::Set(d, hn::TFromD<D>{1});
    return hn::IfThenElse(bits_to_mask(d, bits), vectors<T>::load(d, p), one);
  }
};

// The choice comes before the widening, whose instruction raises an exception at a signalling NaN.
template <>
struct admitted_vectors<half_bits> {
  template <class D>
  static BITWHERE_FN auto load(D d, uint64_t bits, const unsigned char* p) {
    constexpr uint16_t one = 0x3c00;
#if HWY_TARGET == HWY_SCALAR
    return hn::Set(d, widen((bits & 1) != 0 ? kernels::load<half_bits>(p) : half_bits{one}));
#else
    const hn::Rebind<uint16_t, D> u;
    const hn::Rebind<hwy::float16_t, D> narrow;
    const auto stored = hn::LoadU(u, reinterpret_cast<const uint16_t*>(p));
    const auto chosen = hn::IfThenElse(bits_to_mask(u, bits), stored, hn::Set(u, one));
    return hn::PromoteTo(d, hn::BitCast(narrow, chosen));
#endif
  }
};

// Elements of T as what is computed with, 1 where the bits say no.
template <class T>
void admit_row(const uint64_t* words, const unsigned char* x, bool splat, unsigned char* to,
               int64_t elements) {
  using C = typename computed_as<T>::type;
  const typename vectors<T>::tag d;
  constexpr int64_t lanes = hn::MaxLanes(typename vectors<T>::tag());
  constexpr int64_t size = sizeof(T);
  const auto one = hn::Set(d, C{1});
  const C first = static_cast<C>(widen(load<T>(x)));
  const auto all = hn::Set(d, first);
  int64_t i = 0;
  for (; i + lanes <= elements; i += lanes) {
    const uint64_t bits = words[i / 64] >> (i % 64);
    const auto values = splat ? hn::IfThenElse(bits_to_mask(d, bits), all, one)
                              : admitted_vectors<T>::load(d, bits, x + i * size);
    hn::StoreU(values, d, element_at<C>(to, i));
  }
  for (; i < elements; ++i) {
    const bool admitted = (words[i / 64] >> (i % 64) & 1) != 0;
    const C value = splat ? first : static_cast<C>(widen(load<T>(x + i * size)));
    store(to + i * static_cast<int64_t>(sizeof(C)), admitted ? value : C{1});
  }
}

// Elements of so many bits as they are stored, 0 where the bits say no.
template <class Stored>
void clear_row(const uint64_t* words, const unsigned char* from, unsigned char* to,
               int64_t elements) {
  const hn::ScalableTag<Stored> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<Stored>());
  constexpr int64_t size = sizeof(Stored);
  int64_t i = 0;
  for (; i + lanes <= elements; i += lanes) {
    const auto mask = bits_to_mask(d, words[i / 64] >> (i % 64));
    const auto values = hn::LoadU(d, element_at<Stored>(from, i));
    hn::StoreU(hn::IfThenElseZero(mask, values), d, element_at<Stored>(to, i));
  }
  for (; i < elements; ++i) {
    const bool admitted = (words[i / 64] >> (i % 64) & 1) != 0;
    store(to + i * size, admitted ? load<Stored>(from + i * size) : Stored{0});
  }
}

// Whole vectors: `elements` is a multiple of their lanes.
template <class C, function F>
void elementwise_row(const unsigned char* x, const unsigned char*, unsigned char* to,
                     int64_t elements) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  for (int64_t i = 0; i < elements; i += lanes) {
    const auto values = hn::LoadU(d, element_at<C>(x, i));
    hn::StoreU(elementwise_formula<simd_lane, F>(values), d, element_at<C>(to, i));
  }
}

template <class C>
void quotient_row(const unsigned char* x, const unsigned char* y, unsigned char* to,
                  int64_t elements) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  for (int64_t i = 0; i < elements; i += lanes) {
    const auto quotients = quotient_formula<simd_lane>(hn::LoadU(d, element_at<C>(x, i)),
                                                       hn::LoadU(d, element_at<C>(y, i)));
    hn::StoreU(quotients, d, element_at<C>(to, i));
  }
}

// Computed elements as they are stored; what is no number is canonical already.
template <class T>
struct narrow_vectors {
  template <class D, class V>
  static BITWHERE_FN void store(D d, V values, unsigned char* to) {
    hn::StoreU(values, d, reinterpret_cast<T*>(to));
  }
};

template <>
struct narrow_vectors<half_bits> {
  template <class D, class V>
  static BITWHERE_FN void store(D, V values, unsigned char* to) {
#if HWY_TARGET == HWY_SCALAR
    // Highway does not round on this target.
    kernels::store(to, narrow_half(hn::GetLane(values)));
#else
    const hn::Rebind<hwy::float16_t, D> narrow;
    hn::StoreU(hn::DemoteTo(narrow, values), narrow, reinterpret_cast<hwy::float16_t*>(to));
#endif
  }
};

template <>
struct narrow_vectors<bfloat_bits> {
  template <class D, class V>
  static BITWHERE_FN void store(D, V values, unsigned char* to) {
    // As narrow_bfloat: to nearest even, in integers.
    const hn::RebindToUnsigned<D> u;
    const hn::RebindToSigned<D> i;
    const hn::Rebind<uint16_t, D> narrow;
    const auto bits = hn::BitCast(u, values);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(u, 1u));
    const auto rounded = hn::ShiftRight<16>(hn::Add(hn::Add(bits, odd), hn::Set(u, 0x7fffu)));
    hn::StoreU(hn::DemoteTo(narrow, hn::BitCast(i, rounded)), narrow,
               reinterpret_cast<uint16_t*>(to));
  }
};

// The results of a row as T, `otherwise` where the bits say no. May work in place.
template <class T>
void finish_row(const uint64_t* words, const unsigned char* results, const unsigned char* otherwise,
                unsigned char* to, int64_t elements) {
  using C = typename computed_as<T>::type;
  const typename vectors<T>::tag d;
  constexpr int64_t lanes = hn::MaxLanes(typename vectors<T>::tag());
  constexpr int64_t size = sizeof(T);
  const C other = static_cast<C>(widen(load<T>(otherwise)));
  const auto others = hn::Set(d, other);
  int64_t i = 0;
  for (; i + lanes <= elements; i += lanes) {
    const auto mask = bits_to_mask(d, words[i / 64] >> (i % 64));
    const auto values = hn::LoadU(d, element_at<C>(results, i));
    narrow_vectors<T>::store(d, hn::IfThenElse(mask, values, others), to + i * size);
  }
  for (; i < elements; ++i) {
    const bool admitted = (words[i / 64] >> (i % 64) & 1) != 0;
    const C value = load<C>(results + i * static_cast<int64_t>(sizeof(C)));
    store(to + i * size, from_middle<T>(admitted ? value : other));
  }
}

// Brings a row around the cache to memory that is aligned to 64 bytes.
void stream_row(const unsigned char* from, unsigned char* to, int64_t bytes) {
  const hn::ScalableTag<uint8_t> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<uint8_t>());
  int64_t i = 0;
  if constexpr (lanes >= 16) {
    for (; i + lanes <= bytes; i += lanes) hn::Stream(hn::LoadU(d, from + i), d, to + i);
  }
  memcpy(to + i, from + i, static_cast<size_t>(bytes - i));
}

using admit_function = void (*)(const uint64_t*, const unsigned char*, bool, unsigned char*,
                                int64_t);
using compute_function = void (*)(const unsigned char*, const unsigned char*, unsigned char*,
                                  int64_t);
using finish_function = void (*)(const uint64_t*, const unsigned char*, const unsigned char*,
                                 unsigned char*, int64_t);

struct elementwise_code {
  admit_function admit;
  compute_function compute;
  finish_function finish;
  int64_t computed_bytes;  // of an element as it is computed
  int64_t lanes;
  bool direct;  // elements are computed with as they are stored, all of them
  bool divides;
};

template <class T>
elementwise_code elementwise_code_for(function of, bool everywhere) {
  using C = typename computed_as<T>::type;
  const bool divides = of == function::divide;
  const compute_function compute =
      divides ? quotient_row<C> : with_function(of, []<function F>() -> compute_function {
        return elementwise_row<C, F>;
      });
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  return {admit_row<T>, compute, finish_row<T>, sizeof(C), lanes, everywhere && same_v<T, C>,
          divides};
}

elementwise_code elementwise_code_of(const elementwise_args& args) {
  switch (args.type) {
    case dtype::f16:
      return elementwise_code_for<half_bits>(args.of, args.everywhere);
    case dtype::bf16:
      return elementwise_code_for<bfloat_bits>(args.of, args.everywhere);
    case dtype::f32:
      return elementwise_code_for<float>(args.of, args.everywhere);
    default:
      return elementwise_code_for<double>(args.of, args.everywhere);
  }
}

using clear_function = void (*)(const uint64_t*, const unsigned char*, unsigned char*, int64_t);

clear_function clear_code_of(int64_t element_bytes) {
  switch (element_bytes) {
    case 1:
      return clear_row<uint8_t>;
    case 2:
      return clear_row<uint16_t>;
    case 4:
      return clear_row<uint32_t>;
    default:
      return clear_row<uint64_t>;
  }
}

// How x or y is brought to the dtype of the result.
struct side_code {
  source_code source;
  clear_function clear;  // nullptr where nothing is excluded, or nothing converted
};

side_code side_code_of(const operand& from, const elementwise_args& args) {
  const source_code source = source_of(from, args.type);
  const bool clears = changes(source.convert) && !args.everywhere;
  return {source, clears ? clear_code_of(element_bytes(from.type)) : nullptr};
}

// One side of a row in the dtype of the result: where it lies, or in `converted`.
BITWHERE_FN const unsigned char* converted_row(const side_code& side, const uint64_t* words,
                                               const unsigned char* from, bool splat,
                                               int64_t elements, scratch& cleared,
                                               scratch& converted) {
  if (!changes(side.source.convert)) return from;
  const int64_t stored = splat ? 1 : elements;
  if (side.clear != nullptr) {
    const uint64_t any = splat && count_bits(words, 0, elements) != 0 ? 1 : 0;
    side.clear(splat ? &any : words, from, cleared.bytes, stored);
    from = cleared.bytes;
  }
  convert_run(side.source.convert, from, converted.bytes, stored);
  return converted.bytes;
}

// One side of a row where it can be computed with: in memory, or in `room`.
BITWHERE_FN const unsigned char* admitted(const elementwise_code& code, const uint64_t* words,
                                          const unsigned char* from, bool splat, int64_t elements,
                                          scratch& room) {
  if (code.direct && !splat) return from;
  code.admit(words, from, splat, room.bytes, elements);
  return room.bytes;
}

// A row's last elements are computed with in a vector that repeats the first of them.
BITWHERE_FN void compute_row(const elementwise_code& code, const unsigned char* x,
                             const unsigned char* y, unsigned char* to, int64_t elements) {
  const int64_t left = elements % code.lanes;
  const int64_t whole = elements - left;
  code.compute(x, y, to, whole);
  if (left == 0) return;
  alignas(64) unsigned char rest_x[64], rest_y[64];
  const int64_t size = code.computed_bytes;
  for (int64_t k = 0; k < code.lanes; ++k) {
    const int64_t from = (whole + (k < left ? k : 0)) * size;
    memcpy(rest_x + k * size, x + from, static_cast<size_t>(size));
    if (code.divides) memcpy(rest_y + k * size, y + from, static_cast<size_t>(size));
  }
  code.compute(rest_x, rest_y, rest_x, code.lanes);
  memcpy(to + whole * size, rest_x, static_cast<size_t>(left * size));
}

bool streams(const elementwise_args& args) {
  if (!worth_streaming(args.s, args.out, element_bytes(args.type))) return false;
  bool in_place = args.out.data == args.x.data || args.out.data == args.y.data;
  for (int k = 0; k < args.condition.leaf_count; ++k) {
    const leaf& l = args.condition.leaves[k];
    in_place = in_place || l.left.data == args.out.data || l.right.data == args.out.data;
  }
  return !in_place;
}

// Units [begin, end) of the index space.
void elementwise_range(const elementwise_args& args, int64_t begin, int64_t end) {
  const elementwise_code code = elementwise_code_of(args);
  condition_code leaves;
  choose_code(args.condition, leaves);
  const side_code side_x = side_code_of(args.x, args);
  const side_code side_y = code.divides ? side_code_of(args.y, args) : side_x;
  const int64_t size = element_bytes(args.type);
  int64_t widest = widest_of(args.condition);
  for (const int64_t bytes :
       {size, element_bytes(args.x.type), element_bytes(args.y.type), int64_t{sizeof(float)}}) {
    if (bytes > widest) widest = bytes;
  }

  condition_stack stack;
  scratch rooms[condition_rooms];
  scratch room_x, room_y;
  for_each_output_tile(
      args.s, args.out, size, streams(args), widest, begin, end,
      [&](const tile& t, const target& to) {
        condition_words(args.s, args.condition, leaves, t, rooms, stack);
        const strip x = side_x.source.fetch(args.s, args.x, t, rooms[0]);
        strip y = {};
        if (code.divides) y = side_y.source.fetch(args.s, args.y, t, rooms[1]);
        const uint64_t* words = stack.words[0];
        for (int64_t r = 0; r < t.rows; ++r) {
          const unsigned char* const left =
              admitted(code, words,
                       converted_row(side_x, words, x.p + r * x.row_step, x.splat, t.columns,
                                     room_x, rooms[2]),
                       x.splat, t.columns, room_x);
          const unsigned char* const right =
              code.divides ? admitted(code, words,
                                      converted_row(side_y, words, y.p + r * y.row_step, y.splat,
                                                    t.columns, room_y, rooms[3]),
                                      y.splat, t.columns, room_y)
                           : nullptr;
          unsigned char* const out = to.p + r * to.row_step;
          const bool stream = to.streams(r);
          unsigned char* const row = stream ? room_x.bytes : out;
          compute_row(code, left, right, code.direct ? row : room_x.bytes, t.columns);
          if (!code.direct) code.finish(words, room_x.bytes, args.otherwise, row, t.columns);
          if (stream) stream_row(row, out, t.columns * size);
          words += words_of(t.columns);
        }
      });
}

}  // namespace
}  // namespace bitwhere::kernels
