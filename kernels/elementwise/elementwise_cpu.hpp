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

// Rows of the inputs, whole vectors: `elements` is a multiple of their lanes.
template <class C, function F>
void elementwise_row(const unsigned char* const* in, unsigned char* to, int64_t elements) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  for (int64_t i = 0; i < elements; i += lanes) {
    const auto x = hn::LoadU(d, element_at<C>(in[0], i));
    hn::StoreU(elementwise_formula<simd_lane, F>(x), d, element_at<C>(to, i));
  }
}

template <class C>
void quotient_row(const unsigned char* const* in, unsigned char* to, int64_t elements) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  for (int64_t i = 0; i < elements; i += lanes) {
    const auto x = hn::LoadU(d, element_at<C>(in[0], i));
    const auto y = hn::LoadU(d, element_at<C>(in[1], i));
    hn::StoreU(quotient_formula<simd_lane>(x, y), d, element_at<C>(to, i));
  }
}

template <class C, function F>
void slope_row(const unsigned char* const* in, unsigned char* to, int64_t elements) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  for (int64_t i = 0; i < elements; i += lanes) {
    const auto x = hn::LoadU(d, element_at<C>(in[0], i));
    const auto upstream = hn::LoadU(d, element_at<C>(in[1], i));
    hn::StoreU(slope_formula<simd_lane, F>(x, upstream), d, element_at<C>(to, i));
  }
}

template <class C>
void quotient_slope_row(const unsigned char* const* in, unsigned char* to, int64_t elements) {
  const hn::ScalableTag<C> d;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  for (int64_t i = 0; i < elements; i += lanes) {
    const auto x = hn::LoadU(d, element_at<C>(in[0], i));
    const auto y = hn::LoadU(d, element_at<C>(in[1], i));
    const auto upstream = hn::LoadU(d, element_at<C>(in[2], i));
    hn::StoreU(quotient_slope_formula<simd_lane>(x, y, upstream), d, element_at<C>(to, i));
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

using admit_function = void (*)(const uint64_t*, const unsigned char*, bool, unsigned char*,
                                int64_t);
using compute_function = void (*)(const unsigned char* const*, unsigned char*, int64_t);
using finish_function = void (*)(const uint64_t*, const unsigned char*, const unsigned char*,
                                 unsigned char*, int64_t);

struct elementwise_code {
  admit_function admit;
  compute_function compute;
  finish_function finish;
  int64_t computed_bytes;  // of an element as it is computed
  int64_t lanes;
  bool direct;  // elements are computed with as they are read, all of them
  dtype read;   // what inputs are converted to
  int inputs;
};

template <class C>
compute_function compute_code_for(function of, elementwise_form form) {
  switch (form) {
    case elementwise_form::quotient:
      return quotient_row<C>;
    case elementwise_form::quotient_slope:
      return quotient_slope_row<C>;
    case elementwise_form::slope:
      return with_function(of, []<function F>() -> compute_function { return slope_row<C, F>; });
    default:
      return with_function(of,
                           []<function F>() -> compute_function { return elementwise_row<C, F>; });
  }
}

template <class T>
elementwise_code elementwise_code_for(const elementwise_args& args) {
  using C = typename computed_as<T>::type;
  const elementwise_form form = form_of(args);
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<C>());
  return {args.slope ? admit_row<C> : admit_row<T>,
          compute_code_for<C>(args.of, form),
          finish_row<T>,
          sizeof(C),
          lanes,
          args.everywhere && same_v<T, C>,
          read_dtype(args),
          input_count(form)};
}

elementwise_code elementwise_code_of(const elementwise_args& args) {
  switch (args.type) {
    case dtype::f16:
      return elementwise_code_for<half_bits>(args);
    case dtype::bf16:
      return elementwise_code_for<bfloat_bits>(args);
    case dtype::f32:
      return elementwise_code_for<float>(args);
    default:
      return elementwise_code_for<double>(args);
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

// How an input is brought to what is computed with.
struct input_code {
  source_code source;
  clear_function clear;  // nullptr where nothing is excluded, or nothing converted
};

input_code input_code_of(const operand& from, dtype to, bool everywhere) {
  const source_code source = source_of(from, to);
  const bool clears = changes(source.convert) && !everywhere;
  return {source, clears ? clear_code_of(element_bytes(from.type)) : nullptr};
}

// A row of an input converted: where it lies, or in `converted`.
BITWHERE_FN const unsigned char* converted_row(const input_code& input, const uint64_t* words,
                                               const unsigned char* from, bool splat,
                                               int64_t elements, scratch& cleared,
                                               scratch& converted) {
  if (!changes(input.source.convert)) return from;
  const int64_t stored = splat ? 1 : elements;
  if (input.clear != nullptr) {
    const uint64_t any = splat && count_bits(words, 0, elements) != 0 ? 1 : 0;
    input.clear(splat ? &any : words, from, cleared.bytes, stored);
    from = cleared.bytes;
  }
  convert_run(input.source.convert, from, converted.bytes, stored);
  return converted.bytes;
}

// A row of an input where it can be computed with: in memory, or in `room`.
BITWHERE_FN const unsigned char* admitted(const elementwise_code& code, const uint64_t* words,
                                          const unsigned char* from, bool splat, int64_t elements,
                                          scratch& room) {
  if (code.direct && !splat) return from;
  code.admit(words, from, splat, room.bytes, elements);
  return room.bytes;
}

// A row's last elements are computed with in a vector that repeats the first of them.
BITWHERE_FN void compute_row(const elementwise_code& code, const unsigned char* const* in,
                             unsigned char* to, int64_t elements) {
  const int64_t left = elements % code.lanes;
  const int64_t whole = elements - left;
  code.compute(in, to, whole);
  if (left == 0) return;
  alignas(64) unsigned char rest[most_inputs][64];
  const unsigned char* rests[most_inputs];
  const int64_t size = code.computed_bytes;
  for (int n = 0; n < code.inputs; ++n) {
    for (int64_t k = 0; k < code.lanes; ++k) {
      const int64_t from = (whole + (k < left ? k : 0)) * size;
      memcpy(rest[n] + k * size, in[n] + from, static_cast<size_t>(size));
    }
    rests[n] = rest[n];
  }
  code.compute(rests, rest[0], code.lanes);
  memcpy(to + whole * size, rest[0], static_cast<size_t>(left * size));
}

bool streams(const elementwise_args& args) {
  if (!worth_streaming(args.s, args.out, element_bytes(args.type))) return false;
  const elementwise_form form = form_of(args);
  bool in_place = false;
  for (int n = 0; n < input_count(form); ++n) {
    in_place = in_place || input_of(args, form, n).data == args.out.data;
  }
  for (int k = 0; k < args.condition.leaf_count; ++k) {
    const leaf& l = args.condition.leaves[k];
    in_place = in_place || l.left.data == args.out.data || l.right.data == args.out.data;
  }
  return !in_place;
}

// Units [begin, end) of the index space.
void elementwise_range(const elementwise_args& args, int64_t begin, int64_t end) {
  const elementwise_code code = elementwise_code_of(args);
  const elementwise_form form = form_of(args);
  condition_code leaves;
  choose_code(args.condition, leaves);
  const int64_t size = element_bytes(args.type);
  int64_t widest = widest_of(args.condition);
  for (const int64_t bytes : {size, int64_t{sizeof(float)}}) {
    if (bytes > widest) widest = bytes;
  }
  input_code inputs[most_inputs];
  for (int n = 0; n < code.inputs; ++n) {
    const operand& from = input_of(args, form, n);
    inputs[n] = input_code_of(from, code.read, args.everywhere);
    if (element_bytes(from.type) > widest) widest = element_bytes(from.type);
  }

  condition_stack stack;
  scratch rooms[condition_rooms];
  scratch ready[most_inputs], converted[most_inputs];
  for_each_output_tile(
      args.s, args.out, size, streams(args), widest, begin, end,
      [&](const tile& t, const target& to) {
        condition_words(args.s, args.condition, leaves, t, rooms, stack);
        strip strips[most_inputs];
        for (int n = 0; n < code.inputs; ++n) {
          strips[n] = inputs[n].source.fetch(args.s, input_of(args, form, n), t, rooms[n]);
        }
        const uint64_t* words = stack.words[0];
        for (int64_t r = 0; r < t.rows; ++r) {
          const unsigned char* in[most_inputs];
          for (int n = 0; n < code.inputs; ++n) {
            const strip& from = strips[n];
            in[n] = admitted(code, words,
                             converted_row(inputs[n], words, from.p + r * from.row_step, from.splat,
                                           t.columns, ready[n], converted[n]),
                             from.splat, t.columns, ready[n]);
          }
          unsigned char* const out = to.p + r * to.row_step;
          const bool stream = to.streams(r);
          unsigned char* const room = ready[0].bytes;
          unsigned char* const row = stream ? room : out;
          compute_row(code, in, code.direct ? row : room, t.columns);
          if (!code.direct) code.finish(words, room, args.otherwise, row, t.columns);
          if (stream) stream_row(row, out, t.columns * size);
          words += words_of(t.columns);
        }
      });
}

}  // namespace
}  // namespace bitwhere::kernels
