// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "html_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace bitwhere::tool {

namespace {

std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      three =
          three << 8 | (i + j < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j <= bytes.size() ? digits[three >> (18 - 6 * j) & 63] : '=';
    }
  }
  return out;
}

}  // namespace

std::string escaped(std::string_view text) {
  using nlohmann::json;
  const std::string as_json =
      json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
  std::string out;
  for (const char c : json::parse(as_json).get<std::string>()) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        // HTML has no control characters; file names may.
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? "&#65533;" : std::string(1, c);
    }
  }
  return out;
}

std::string grouped(std::int64_t number) {
  const std::string digits = fmt::format("{}", number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const bool after_digit = i > 0 && digits[i - 1] != '-';
    if (after_digit && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string percent(double ratio) {
  return std::isnan(ratio) ? "&ndash;" : fmt::format("{:.2f}&nbsp;%", 100 * ratio);
}

std::string ratio_element(double ratio) {
  if (std::isnan(ratio)) return "<data value=\"\">&ndash;</data>";
  return fmt::format("<data value=\"{}\">{}</data>", ratio, percent(ratio));
}

std::string loss_element(const std::optional<double>& loss) {
  if (!loss) return "<data value=\"\">&ndash;</data>";
  return fmt::format("<data value=\"{}\">{:.4f}</data>", *loss, *loss);
}

std::string count_element(std::int64_t number) {
  return fmt::format("<data value=\"{}\">{}</data>", number, grouped(number));
}

std::string data_url(std::string_view mime, std::span<const std::byte> bytes) {
  return fmt::format("data:{};base64,{}", mime, base64(bytes));
}

}  // namespace bitwhere::tool
