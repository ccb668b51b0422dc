// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/simd.hpp"
#include "../tile/tile_cpu.hpp"
#include "convert_formula.hpp"

// Operands of another dtype than the loop's, converted a tile at a time in the cache.
namespace bitwhere::kernels {
namespace {

// Real elements as vectors of the middle type, where the instruction set has the conversion.
// Integers of 64 bits and bools go one by one.
template <class Middle, class From>
struct middle_vectors {
  static constexpr bool any = false;
};

#if HWY_TARGET != HWY_SCALAR
template <class From, class D>
BITWHERE_FN auto load_narrow(D d, const unsigned char* p) {
  const hn::Rebind<From, D> narrow;
  return hn::PromoteTo(d, hn::LoadU(narrow, reinterpret_cast<const From*>(p)));
}

template <class V>
BITWHERE_FN V canonical_vector(V v) {
  const hn::DFromV<V> d;
  return hn::IfThenElse(hn::Eq(v, v), v, hn::Set(d, quiet_nan(hn::TFromV<V>())));
}

template <small_integer From>
struct middle_vectors<int32_t, From> {
  static constexpr bool any = true;
  static BITWHERE_FN auto load(hn::ScalableTag<int32_t> d, const unsigned char* p) {
    return load_narrow<From>(d, p);
  }
};

template <small_integer From>
struct middle_vectors<float, From> {
  static constexpr bool any = true;
  static BITWHERE_FN auto load(hn::ScalableTag<float> d, const unsigned char* p) {
    return hn::ConvertTo(d, load_narrow<From>(hn::ScalableTag<int32_t>(), p));
  }
};

template <>
struct middle_vectors<float, int32_t> {
  static constexpr bool any = true;
  static BITWHERE_FN auto load(hn::ScalableTag<float> d, const unsigned char* p) {
    const hn::ScalableTag<int32_t> whole;
    return hn::ConvertTo(d, hn::LoadU(whole, reinterpret_cast<const int32_t*>(p)));
  }
};

template <>
struct middle_vectors<float, half_bits> {
  static constexpr bool any = true;
  static BITWHERE_FN auto load(hn::ScalableTag<float> d, const unsigned char* p) {
    return canonical_vector(vectors<half_bits>::load(d, p));
  }
};

template <>
struct middle_vectors<float, bfloat_bits> {
  static constexpr bool any = true;
  static BITWHERE_FN auto load(hn::ScalableTag<float> d, const unsigned char* p) {
    return canonical_vector(vectors<bfloat_bits>::load(d, p));
  }
};

template <>
struct middle_vectors<int64_t, int32_t> {
  static constexpr bool any = true;
  static BITWHERE_FN auto load(hn::ScalableTag<int64_t> d, const unsigned char* p) {
    return load_narrow<int32_t>(d, p);
  }
};

template <>
struct middle_vectors<double, int32_t> {
  static constexpr bool any = true;
  static BITWHERE_FN auto load(hn::ScalableTag<double> d, const unsigned char* p) {
    return load_narrow<int32_t>(d, p);
  }
};

template <>
struct middle_vectors<double, float> {
  static constexpr bool any = true;
  static BITWHERE_FN auto load(hn::ScalableTag<double> d, const unsigned char* p) {
    return canonical_vector(load_narrow<float>(d, p));
  }
};
#endif

// Real elements at `from` into middle ones at `to`.
template <class Middle, class From>
void read_middle(const unsigned char* from, unsigned char* to, int64_t elements) {
  int64_t i = 0;
  using source = middle_vectors<Middle, From>;
  if constexpr (source::any) {
    const hn::ScalableTag<Middle> d;
    constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<Middle>());
    for (; i + lanes <= elements; i += lanes) {
      hn::StoreU(source::load(d, from + i * static_cast<int64_t>(sizeof(From))), d,
                 reinterpret_cast<Middle*>(to) + i);
    }
  }
  for (; i < elements; ++i) {
    const From value = load<From>(from + i * static_cast<int64_t>(sizeof(From)));
    store(to + i * static_cast<int64_t>(sizeof(Middle)), to_middle<Middle>(value));
  }
}

// Middle elements at `from` into elements at `to`.
template <class To>
void write_middle(const unsigned char* from, unsigned char* to, int64_t elements) {
  using middle = typename middle_of<To>::type;
  for (int64_t i = 0; i < elements; ++i) {
    const middle value = load<middle>(from + i * static_cast<int64_t>(sizeof(middle)));
    if constexpr (is_complex_v<To>) {
      store(to + i * static_cast<int64_t>(sizeof(To)), To{value, 0});
    } else {
      store(to + i * static_cast<int64_t>(sizeof(To)), from_middle<To>(value));
    }
  }
}

using convert_step = void (*)(const unsigned char*, unsigned char*, int64_t);

struct convert_code {
  convert_step read;   // nullptr where nothing is converted
  convert_step write;  // nullptr where the middle type is the target
  int64_t from_bytes;
  int64_t to_bytes;
  int64_t parts;  // reals an element: complex to complex converts both
};

template <class Middle>
convert_step integer_reader(dtype from) {
  switch (from) {
    case dtype::boolean:
      return read_middle<Middle, bool_byte>;
    case dtype::u8:
      return read_middle<Middle, uint8_t>;
    case dtype::i8:
      return read_middle<Middle, int8_t>;
    case dtype::i16:
      return read_middle<Middle, int16_t>;
    case dtype::i32:
      return read_middle<Middle, int32_t>;
    default:
      return read_middle<Middle, int64_t>;
  }
}

template <class Middle>
convert_step float_reader(dtype from) {
  switch (from) {
    case dtype::f16:
      return read_middle<Middle, half_bits>;
    case dtype::bf16:
      return read_middle<Middle, bfloat_bits>;
    case dtype::f32:
    case dtype::c64:
      return read_middle<Middle, float>;
    case dtype::f64:
    case dtype::c128:
      return read_middle<Middle, double>;
    default:
      return integer_reader<Middle>(from);
  }
}

convert_step reader_of(dtype from, dtype to) {
  switch (to) {
    case dtype::boolean:
    case dtype::u8:
    case dtype::i8:
    case dtype::i16:
    case dtype::i32:
      return integer_reader<int32_t>(from);
    case dtype::i64:
      return integer_reader<int64_t>(from);
    case dtype::f64:
    case dtype::c128:
      return float_reader<double>(from);
    default:
      return float_reader<float>(from);
  }
}

convert_step writer_of(dtype from, dtype to) {
  switch (to) {
    case dtype::boolean:
    case dtype::u8:
    case dtype::i8:
      return write_middle<uint8_t>;  // an integer modulo 2^8
    case dtype::i16:
      return write_middle<int16_t>;
    case dtype::f16:
      return write_middle<half_bits>;
    case dtype::bf16:
      return write_middle<bfloat_bits>;
    case dtype::c64:
      return is_complex(from) ? nullptr : convert_step{write_middle<complex64>};
    case dtype::c128:
      return is_complex(from) ? nullptr : convert_step{write_middle<complex128>};
    default:
      return nullptr;
  }
}

convert_code convert_code_of(dtype from, dtype to) {
  if (from == to) return {nullptr, nullptr, element_bytes(to), element_bytes(to), 1};
  return {reader_of(from, to), writer_of(from, to), element_bytes(from), element_bytes(to),
          is_complex(from) ? 2 : 1};
}

BITWHERE_FN bool changes(const convert_code& code) { return code.read != nullptr; }

// Contiguous elements, through a short stretch of middle elements that stays in the L1 cache.
BITWHERE_FN void convert_run(const convert_code& code, const unsigned char* from, unsigned char* to,
                             int64_t elements) {
  const int64_t n = elements * code.parts;
  if (code.write == nullptr) {
    code.read(from, to, n);
    return;
  }
  constexpr int64_t stretch = 256;
  alignas(64) unsigned char middle[stretch * 8];
  for (int64_t i = 0; i < n; i += stretch) {
    const int64_t m = n - i < stretch ? n - i : stretch;
    code.read(from + i * code.from_bytes, middle, m);
    code.write(middle, to + i * code.to_bytes, m);
  }
}

// How an operand is brought to the dtype of a loop.
struct source_code {
  fetch_function fetch;
  convert_code convert;
};

source_code source_of(const operand& from, dtype to) {
  return {fetch_code_of(element_bytes(from.type)), convert_code_of(from.type, to)};
}

// The operand's elements of a tile in the loop's dtype. `packed` and `converted` are rooms that the
// result may lie in.
BITWHERE_FN strip fetch_as(const space& s, const operand& from, const source_code& code,
                           const tile& t, scratch& packed, scratch& converted) {
  const strip raw = code.fetch(s, from, t, packed);
  if (!changes(code.convert)) return raw;
  const int64_t columns = raw.splat ? 1 : t.columns;
  const int64_t row_bytes = columns * code.convert.to_bytes;
  const int64_t rows = raw.row_step == 0 && raw.splat ? 1 : t.rows;
  for (int64_t r = 0; r < rows; ++r) {
    convert_run(code.convert, raw.p + r * raw.row_step, converted.bytes + r * row_bytes, columns);
  }
  return {converted.bytes, rows == 1 && raw.splat ? 0 : row_bytes, raw.splat};
}

}  // namespace
}  // namespace bitwhere::kernels
