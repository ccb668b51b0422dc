// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "scalar.hpp"

#include <charconv>
#include <cmath>
#include <cstring>

#include "../../kernels/convert/convert_formula.hpp"
#include "failure.hpp"

namespace bitwhere::plan {
namespace {

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

template <class T>
bool put_real(unsigned char* bytes, double value) {
  const T stored = kernels::convert<T>(kernels::canonical(value));
  put(bytes, stored);
  return std::isfinite(kernels::to_middle<double>(stored));
}

// Stores a real in a float dtype; false where what is stored is not finite.
bool store_real(double value, dtype type, unsigned char* bytes) {
  switch (type) {
    case dtype::f16:
      return put_real<kernels::half_bits>(bytes, value);
    case dtype::bf16:
      return put_real<kernels::bfloat_bits>(bytes, value);
    case dtype::f32:
      return put_real<float>(bytes, value);
    default:
      return put_real<double>(bytes, value);
  }
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
    const double imaginary = s.kind == BW_SCALAR_COMPLEX ? s.value.real[1] : 0.0;
    bool fits = store_real(value_for(s, part), part, bytes) || !std::isfinite(as_double(s));
    if (is_complex(type)) {
      fits = (store_real(imaginary, part, bytes + bytes_of(part)) || !std::isfinite(imaginary)) &&
             fits;
    }
    if (!fits) does_not_fit(s, type, name);
  }
}

}  // namespace bitwhere::plan
