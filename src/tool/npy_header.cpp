// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "npy_header.hpp"

#include "failure.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

namespace bitwhere::tool {

namespace {

constexpr std::string_view magic = "\x93NUMPY";

std::string_view text_of(std::span<const std::byte> file) {
  return {reinterpret_cast<const char*>(file.data()), file.size()};
}

/// Reads the few Python literals of a header from left to right.
class literal_reader {
 public:
  explicit literal_reader(std::string_view text) : rest_(text) {}

  /// Skips white space and takes `token` if it stands next.
  bool take(std::string_view token) {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t')) {
      rest_.remove_prefix(1);
    }
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  void expect(std::string_view token) {
    if (!take(token)) fail();
  }

  std::string string() {
    const char quote = take("'") ? '\'' : '"';
    if (quote == '"') expect("\"");
    const std::size_t end = rest_.find(quote);
    if (end == std::string_view::npos) fail();
    std::string out(rest_.substr(0, end));
    if (out.find('\\') != std::string::npos) fail();
    rest_.remove_prefix(end + 1);
    return out;
  }

  bool boolean() {
    if (take("True")) return true;
    expect("False");
    return false;
  }

  std::int64_t size() {
    take("");
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (status == std::errc::result_out_of_range) throw file_error("its .npy shape is absurd");
    if (status != std::errc() || value < 0) fail();
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    take("L");  // how Python 2 wrote long integers
    return value;
  }

  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> out;
    expect("(");
    while (!take(")")) {
      out.push_back(size());
      if (take(",")) continue;
      expect(")");
      break;
    }
    return out;
  }

  [[nodiscard]] bool at_end() {
    take("");
    return rest_.empty();
  }

  [[noreturn]] static void fail() { throw file_error("its .npy header is malformed"); }

 private:
  std::string_view rest_;
};

}  // namespace

npy_header parse_npy_header(std::string_view text) {
  literal_reader in(text);
  npy_header header;
  unsigned seen = 0;
  in.expect("{");
  while (!in.take("}")) {
    const std::string key = in.string();
    in.expect(":");
    unsigned bit = 0;
    if (key == "descr") {
      bit = 1;
      // A list of fields is the other form.
      if (in.take("[")) throw file_error("holds records, not numbers");
      header.descr = in.string();
    } else if (key == "fortran_order") {
      bit = 2;
      header.fortran_order = in.boolean();
    } else if (key == "shape") {
      bit = 4;
      header.shape = in.shape();
    }
    if (bit == 0 || (seen & bit) != 0) literal_reader::fail();
    seen |= bit;
    if (in.take(",")) continue;
    in.expect("}");
    break;
  }
  if (seen != 7 || !in.at_end()) literal_reader::fail();
  return header;
}

bool is_npy(std::span<const std::byte> file) { return text_of(file).starts_with(magic); }

npy_file parse_npy_file(std::span<const std::byte> file) {
  const std::string_view text = text_of(file);
  if (file.empty()) throw file_error("is empty");
  if (!is_npy(file)) throw file_error("is not a .npy file");
  if (file.size() < 8) throw file_error("its .npy header is cut off");
  const auto major = std::to_integer<unsigned>(file[6]);
  const auto minor = std::to_integer<unsigned>(file[7]);
  if (major < 1 || major > 3 || minor != 0) {
    throw file_error(fmt::format(".npy version {}.{} is not known", major, minor));
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t begin = 8 + length_bytes;
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes && 8 + i < file.size(); ++i) {
    length |= std::to_integer<std::size_t>(file[8 + i]) << (8 * i);
  }
  if (file.size() < begin || file.size() - begin < length) {
    throw file_error("its .npy header is cut off");
  }
  return {parse_npy_header(text.substr(begin, length)), begin + length};
}

std::string npy_front(std::string_view descr, std::span<const std::int64_t> shape) {
  // Python writes a tuple of one with a comma.
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                 descr, fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  constexpr std::size_t fixed = magic.size() + 4;  // version 1.0, and the text's size in two bytes
  constexpr std::size_t alignment = 64;
  text.append(alignment - 1 - (fixed + text.size()) % alignment, ' ').append("\n");
  std::string out(magic);
  out.append({1, 0, static_cast<char>(text.size() & 255), static_cast<char>(text.size() >> 8)});
  return out + text;
}

}  // namespace bitwhere::tool
