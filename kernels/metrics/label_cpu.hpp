// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/scalar.hpp"
#include "../lane/simd.hpp"
#include "../tile/tile_cpu.hpp"
#include "label_formula.hpp"

// Label maps of any dtype, brought to one width a tile at a time.
namespace bitwhere::kernels {
namespace {

// While a tile is counted, the labels of the next are brought to the L2 cache: short tiles keep the
// memory busy all the time.
inline constexpr int64_t label_tile = 256;

// Labels of type T as 32-bit vectors; i64 is computed in 64 bits, where its values are compared.
template <class T>
struct label_vectors {
  using tag = hn::ScalableTag<int32_t>;
  static BITWHERE_FN auto load(tag d, const unsigned char* p) {
    const hn::Rebind<T, tag> narrow;
    const auto v = hn::LoadU(narrow, reinterpret_cast<const T*>(p));
    if constexpr (sizeof(T) == 4) {
      return v;
    } else {
      return hn::PromoteTo(d, v);
    }
  }
};

template <>
struct label_vectors<int64_t> {
  using tag = hn::ScalableTag<int64_t>;
  static BITWHERE_FN auto load(tag d, const unsigned char* p) {
    return hn::LoadU(d, reinterpret_cast<const int64_t*>(p));
  }
};

template <class D, class V>
BITWHERE_FN void store_codes(D d, V codes, int32_t* to) {
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    hn::StoreU(codes, d, to);
  } else {
    const hn::Rebind<uint32_t, D> narrow;
    const hn::RebindToUnsigned<D> wide;
    hn::StoreU(hn::TruncateTo(narrow, hn::BitCast(wide, codes)), narrow,
               reinterpret_cast<uint32_t*>(to));
  }
}

// Codes of contiguous labels; `Target` looks at the ignore list first.
template <class T, bool Target>
void fill_codes(const unsigned char* p, int64_t elements, int32_t classes,
                const ignore_list& ignore, int32_t* codes) {
  using tag = typename label_vectors<T>::tag;
  const tag d;
  const auto limit = hn::Set(d, static_cast<hn::TFromD<tag>>(classes));
  constexpr int64_t lanes = hn::MaxLanes(tag());
  int64_t i = 0;
  for (; i + lanes <= elements; i += lanes) {
    const auto label = label_vectors<T>::load(d, p + i * static_cast<int64_t>(sizeof(T)));
    if constexpr (Target) {
      store_codes(d, target_code<simd_lane>(label, limit, ignore), codes + i);
    } else {
      store_codes(d, class_code<simd_lane>(label, limit), codes + i);
    }
  }
  for (; i < elements; ++i) {
    const int64_t label = load<T>(p + i * static_cast<int64_t>(sizeof(T)));
    const int64_t code = Target ? target_code<scalar_lane>(label, int64_t{classes}, ignore)
                                : class_code<scalar_lane>(label, int64_t{classes});
    codes[i] = static_cast<int32_t>(code);
  }
}

template <class T>
void widen_labels(const unsigned char* p, int64_t elements, unsigned char* to) {
  for (int64_t i = 0; i < elements; ++i) {
    store(to + i * 8, int64_t{load<T>(p + i * static_cast<int64_t>(sizeof(T)))});
  }
}

template <class T, class From>
void narrow_labels(const From* labels, int64_t elements, unsigned char* to) {
  for (int64_t i = 0; i < elements; ++i) {
    store(to + i * static_cast<int64_t>(sizeof(T)), static_cast<T>(labels[i]));
  }
}

// Contiguous labels of `size` bytes each; signed and unsigned ones of a size have the same bytes.
template <class From>
void store_labels(int64_t size, const From* labels, int64_t elements, unsigned char* to) {
  switch (size) {
    case 1:
      return narrow_labels<uint8_t>(labels, elements, to);
    case 2:
      return narrow_labels<int16_t>(labels, elements, to);
    case 4:
      return narrow_labels<int32_t>(labels, elements, to);
    default:
      return narrow_labels<int64_t>(labels, elements, to);
  }
}

struct label_code {
  void (*prediction)(const unsigned char*, int64_t, int32_t, const ignore_list&, int32_t*);
  void (*target)(const unsigned char*, int64_t, int32_t, const ignore_list&, int32_t*);
  void (*widen)(const unsigned char*, int64_t, unsigned char*);
  fetch_function fetch;
};

template <class T>
label_code label_code_for() {
  return {fill_codes<T, false>, fill_codes<T, true>, widen_labels<T>, fetch<T>};
}

// The one switch over the dtypes of label maps, taken once a range.
label_code label_code_of(label_kind kind) {
  switch (kind) {
    case label_kind::u8:
      return label_code_for<uint8_t>();
    case label_kind::i8:
      return label_code_for<int8_t>();
    case label_kind::i16:
      return label_code_for<int16_t>();
    case label_kind::i32:
      return label_code_for<int32_t>();
    default:
      return label_code_for<int64_t>();
  }
}

// The contiguous labels of a tile of one row. A splat is one label for all pixels: it is repeated,
// since what follows walks both maps side by side.
BITWHERE_FN const unsigned char* fetch_labels(const space& s, const labels& from,
                                              const label_code& code, int64_t size, const tile& t,
                                              scratch& room) {
  const strip found = code.fetch(s, from.values, t, room);
  if (!found.splat) return found.p;
  for (int64_t i = 0; i < t.columns; ++i) {
    for (int64_t b = 0; b < size; ++b) room.bytes[i * size + b] = found.p[b];
  }
  return room.bytes;
}

}  // namespace
}  // namespace bitwhere::kernels
