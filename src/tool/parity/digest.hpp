// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bitwhere::tool {

/// FNV-1a of 64 bits (Fowler, Noll, Vo): what turns names into seeds.
constexpr std::uint64_t fnv1a_64(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x00000100000001B3U;
  }
  return hash;
}

/// A number of a large buffer, eight bytes at a time: every change of one of them changes it.
std::uint64_t digest_of_words(std::span<const std::byte> bytes);

/// FNV-1a of 128 bits. It finds what went wrong by accident; it is no signature.
class digest {
 public:
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }

  /// 32 hexadecimal digits.
  [[nodiscard]] std::string text() const;

 private:
  std::uint64_t high_ = 0x6C62272E07BB0142U;
  std::uint64_t low_ = 0x62B821756295C58DU;
};

}  // namespace bitwhere::tool
