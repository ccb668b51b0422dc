// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "scalar.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "../../kernels/lane/scalar.hpp"
#include "failure.hpp"

namespace bitwhere::plan {
namespace {

// Rounds to a float format of `fraction_bits` and `exponent_bits`, in integers, so that nothing
// depends on the rounding mode or on double rounding through f32.
uint16_t round_to(double value, int fraction_bits, int exponent_bits) {
  const auto bits = std::bit_cast<uint64_t>(value);
  const auto sign = static_cast<uint16_t>(bits >> 63 << 15);
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const auto infinity = static_cast<uint16_t>(((1 << exponent_bits) - 1) << fraction_bits);
  if (std::isnan(value)) return static_cast<uint16_t>(infinity | (1 << (fraction_bits - 1)));
  if (std::isinf(value)) return static_cast<uint16_t>(sign | infinity);
  if (value == 0) return sign;

  const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1023;  // f64 subnormals round to 0
  const uint64_t significand = (bits & ((uint64_t{1} << 52) - 1)) | (uint64_t{1} << 52);
  const int lowest = 1 - bias;
  // Bits below the last place of the result: more of them where the result is subnormal.
  int drop = 52 - fraction_bits + (exponent < lowest ? lowest - exponent : 0);
  if (drop > 62) return sign;
  uint64_t kept = significand >> drop;
  const uint64_t rest = significand & ((uint64_t{1} << drop) - 1);
  const uint64_t half = uint64_t{1} << (drop - 1);
  if (rest > half || (rest == half && (kept & 1) != 0)) ++kept;
  // A carry out of the fraction moves the exponent up by itself.
  const int biased = exponent < lowest ? 0 : exponent + bias - 1;
  const uint64_t packed = (static_cast<uint64_t>(biased) << fraction_bits) + kept;
  return static_cast<uint16_t>(sign | (packed >= infinity ? infinity : packed));
}

template <class T>
void put(unsigned char* bytes, T value) {
  std::memcpy(bytes, &value, sizeof(value));
}

// The fewest digits that name the number.
std::string shortest(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value);
  return {text, end.ptr};
}

[[noreturn]] void does_not_fit(const bw_scalar& s, dtype type, const char* name) {
  throw failure(BW_OUT_OF_RANGE, std::string(name) + ": the scalar " + describe(s) +
                                     " cannot be represented in " + name_of(type));
}

void store_integer(const bw_scalar& s, dtype type, const char* name, unsigned char* bytes) {
  const int64_t value = s.kind == BW_SCALAR_BOOL ? s.value.integer != 0 : s.value.integer;
  const limits range = integer_limits(type);
  if (value < range.low || value > range.high) does_not_fit(s, type, name);
  std::memcpy(bytes, &value, static_cast<size_t>(bytes_of(type)));  // little-endian
}

// Stores a part that `value` was before it was rounded on its way; an infinity that was finite does
// not fit.
void store_real(double rounded, double value, dtype type, const bw_scalar& s, const char* name,
                unsigned char* bytes) {
  double stored = rounded;
  if (type == dtype::f16) {
    const uint16_t bits = round_to_f16(rounded);
    stored = static_cast<double>(widen_f16(bits));
    put(bytes, bits);
  } else if (type == dtype::bf16) {
    const uint16_t bits = round_to_bf16(rounded);
    stored = static_cast<double>(widen_bf16(bits));
    put(bytes, bits);
  } else if (type == dtype::f32) {
    put(bytes, static_cast<float>(rounded));
  } else {
    put(bytes, rounded);
  }
  if (std::isinf(stored) && std::isfinite(value)) does_not_fit(s, type, name);
}

}  // namespace

limits integer_limits(dtype type) {
  switch (type) {
    case dtype::boolean:
      return {0, 1};
    case dtype::u8:
      return {0, 255};
    case dtype::i8:
      return {INT8_MIN, INT8_MAX};
    case dtype::i16:
      return {INT16_MIN, INT16_MAX};
    case dtype::i32:
      return {INT32_MIN, INT32_MAX};
    default:
      return {INT64_MIN, INT64_MAX};
  }
}

void check_scalar(const bw_scalar& s, const char* name) {
  if (s.kind >= BW_SCALAR_BOOL && s.kind <= BW_SCALAR_COMPLEX) return;
  throw failure(BW_INVALID_ARGUMENT,
                std::string(name) + ": scalar kind " + std::to_string(s.kind) + " is unknown");
}

std::string describe(const bw_scalar& s) {
  switch (s.kind) {
    case BW_SCALAR_BOOL:
      return s.value.integer != 0 ? "true" : "false";
    case BW_SCALAR_INT:
      return std::to_string(s.value.integer);
    case BW_SCALAR_FLOAT:
      return shortest(s.value.real[0]);
    default:
      return shortest(s.value.real[0]) + " + " + shortest(s.value.real[1]) + "i";
  }
}

dtype default_dtype(const bw_scalar& s) {
  switch (s.kind) {
    case BW_SCALAR_BOOL:
      return dtype::boolean;
    case BW_SCALAR_INT:
      return dtype::i64;
    case BW_SCALAR_FLOAT:
      return dtype::f32;
    default:
      return dtype::c64;
  }
}

double as_double(const bw_scalar& s) {
  if (s.kind == BW_SCALAR_BOOL) return s.value.integer != 0 ? 1.0 : 0.0;
  return s.kind == BW_SCALAR_INT ? static_cast<double>(s.value.integer) : s.value.real[0];
}

double value_for(const bw_scalar& s, dtype type) {
  if (type == dtype::f64) return as_double(s);
  // An integer rounds straight to f32: through f64 it would round twice.
  return static_cast<double>(s.kind == BW_SCALAR_INT ? static_cast<float>(s.value.integer)
                                                     : static_cast<float>(as_double(s)));
}

uint16_t round_to_f16(double value) { return round_to(value, 10, 5); }
uint16_t round_to_bf16(double value) { return round_to(value, 7, 8); }

float widen_f16(uint16_t bits) { return kernels::widen(kernels::half_bits{bits}); }
float widen_bf16(uint16_t bits) { return kernels::widen(kernels::bfloat_bits{bits}); }

void store_scalar(const bw_scalar& s, dtype type, const char* name, unsigned char* bytes) {
  const bool widens = (type == dtype::boolean && s.kind > BW_SCALAR_BOOL) ||
                      (is_integer(type) && s.kind > BW_SCALAR_INT) ||
                      (is_floating(type) && s.kind > BW_SCALAR_FLOAT);
  if (widens) {
    throw failure(BW_INVALID_DTYPE, std::string(name) + ": the scalar " + describe(s) +
                                        " is of a wider kind than the tensor's " + name_of(type));
  }
  if (type == dtype::boolean) {
    bytes[0] = s.value.integer != 0 ? 1 : 0;
  } else if (is_integer(type)) {
    store_integer(s, type, name, bytes);
  } else {
    const dtype part = type == dtype::c64 ? dtype::f32 : type == dtype::c128 ? dtype::f64 : type;
    store_real(value_for(s, part), as_double(s), part, s, name, bytes);
    if (!is_complex(type)) return;
    const bw_scalar imaginary = {
        BW_SCALAR_FLOAT, 0, {.real = {s.kind == BW_SCALAR_COMPLEX ? s.value.real[1] : 0.0, 0.0}}};
    store_real(value_for(imaginary, part), as_double(imaginary), part, s, name,
               bytes + bytes_of(part));
  }
}

}  // namespace bitwhere::plan
