// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <spng.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bitwhere::tool_test {

/// A new folder that is removed at the end.
class scratch_folder {
 public:
  scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder();

  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& file);
/// Writes a file and the folders above it.
void write_text(const std::filesystem::path& file, std::string_view bytes);

/// Labels row by row, in the widest type.
struct labels {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::int64_t> values;
};

/// The bytes of a PNG of one channel; labels must fit the bits.
std::string encode_png(const labels& from, std::uint8_t bits,
                       std::uint8_t colour_type = SPNG_COLOR_TYPE_GRAYSCALE,
                       bool interlaced = false);
/// The bytes of a PNG of `channels` channels of 8 bits, all black.
std::string encode_colour_png(std::uint32_t height, std::uint32_t width, std::uint8_t colour_type,
                              std::size_t channels);

/// The bytes of a .npy file around a header's text.
std::string frame_npy(std::string_view header, std::string_view data, unsigned version = 1);
std::string npy_header_text(std::string_view descr, bool fortran_order, std::string_view shape);
/// The bytes of elements as they lie in memory.
template <class T>
std::string bytes_of(const std::vector<T>& elements) {
  return {reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(T)};
}
/// The bytes of a .npy file of an integer type such as "<i4".
std::string encode_npy(const labels& from, std::string_view descr, bool fortran_order = false,
                       unsigned version = 1);

/// What a command line printed and returned.
struct outcome {
  int code = -1;
  std::string out;
  std::string err;
};

/// Runs the tool's command line in this process.
outcome run_tool(const std::vector<std::string>& arguments);

}  // namespace bitwhere::tool_test
