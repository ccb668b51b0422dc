// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "files.hpp"

#include "src/tool/cli.hpp"

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace bitwhere::tool_test {

namespace fs = std::filesystem;

scratch_folder::scratch_folder() {
  std::string name = (fs::temp_directory_path() / "bitwhere_tool_test_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
  path_ = name;
}

scratch_folder::~scratch_folder() {
  std::error_code failed;
  fs::remove_all(path_, failed);
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + file.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_text(const fs::path& file, std::string_view bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

namespace {

std::string encode(const spng_ihdr& header, const std::vector<unsigned char>& pixels) {
  const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> png(spng_ctx_new(SPNG_CTX_ENCODER),
                                                                &spng_ctx_free);
  spng_set_option(png.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr copy = header;
  spng_set_ihdr(png.get(), &copy);
  if (header.color_type == SPNG_COLOR_TYPE_INDEXED) {
    spng_plte colours = {};
    colours.n_entries = 1U << header.bit_depth;
    for (std::uint32_t i = 0; i < colours.n_entries; ++i) {
      colours.entries[i].red = static_cast<std::uint8_t>(255 - i);
    }
    spng_set_plte(png.get(), &colours);
  }
  int status = spng_encode_image(png.get(), pixels.data(), pixels.size(), SPNG_FMT_PNG,
                                 SPNG_ENCODE_FINALIZE);
  std::size_t size = 0;
  const std::unique_ptr<void, decltype(&std::free)> bytes(
      status == SPNG_OK ? spng_get_png_buffer(png.get(), &size, &status) : nullptr, &std::free);
  if (status != SPNG_OK) throw std::runtime_error(spng_strerror(status));
  return {static_cast<const char*>(bytes.get()), size};
}

}  // namespace

std::string encode_png(const labels& from, std::uint8_t bits, std::uint8_t colour_type,
                       bool interlaced) {
  spng_ihdr header = {};
  header.height = static_cast<std::uint32_t>(from.height);
  header.width = static_cast<std::uint32_t>(from.width);
  header.bit_depth = bits;
  header.color_type = colour_type;
  header.interlace_method = interlaced ? SPNG_INTERLACE_ADAM7 : SPNG_INTERLACE_NONE;
  const auto width = static_cast<std::size_t>(from.width);
  const std::size_t row_bytes = (width * bits + 7) / 8;
  std::vector<unsigned char> rows(static_cast<std::size_t>(from.height) * row_bytes);
  for (std::size_t i = 0; i < from.values.size(); ++i) {
    const auto label = static_cast<unsigned>(from.values[i]);
    unsigned char* row = rows.data() + i / width * row_bytes;
    if (bits == 16) {  // this format takes the machine's byte order, which is little-endian
      row[i % width * 2] = static_cast<unsigned char>(label & 255);
      row[i % width * 2 + 1] = static_cast<unsigned char>(label >> 8);
    } else {
      const std::size_t bit = i % width * bits;
      row[bit / 8] = static_cast<unsigned char>(row[bit / 8] | label << (8 - bits - bit % 8));
    }
  }
  return encode(header, rows);
}

std::string encode_colour_png(std::uint32_t height, std::uint32_t width, std::uint8_t colour_type,
                              std::size_t channels) {
  spng_ihdr header = {};
  header.height = height;
  header.width = width;
  header.bit_depth = 8;
  header.color_type = colour_type;
  return encode(header, std::vector<unsigned char>(channels * height * width));
}

std::string frame_npy(std::string_view header, std::string_view data, unsigned version) {
  std::string out = "\x93NUMPY";
  out += static_cast<char>(version);
  out += '\0';
  for (unsigned i = 0; i < (version == 1 ? 2U : 4U); ++i) {
    out += static_cast<char>(header.size() >> (8 * i) & 255);
  }
  return out.append(header).append(data);
}

std::string npy_header_text(std::string_view descr, bool fortran_order, std::string_view shape) {
  std::string out = "{'descr': '";
  out.append(descr).append("', 'fortran_order': ").append(fortran_order ? "True" : "False");
  out.append(", 'shape': ").append(shape).append(", }");
  return out + std::string(64 - (out.size() + 11) % 64, ' ') + "\n";
}

std::string encode_npy(const labels& from, std::string_view descr, bool fortran_order,
                       unsigned version) {
  const auto bytes = static_cast<std::size_t>(descr.back() - '0');
  std::string data;
  for (std::int64_t i = 0; i < from.height * from.width; ++i) {
    const std::int64_t at = fortran_order ? i % from.height * from.width + i / from.height : i;
    const auto label = static_cast<std::uint64_t>(from.values[static_cast<std::size_t>(at)]);
    for (std::size_t b = 0; b < bytes; ++b) {
      const std::size_t shift = descr[0] == '>' ? bytes - 1 - b : b;
      data += static_cast<char>(label >> (8 * shift) & 255);
    }
  }
  const std::string shape =
      "(" + std::to_string(from.height) + ", " + std::to_string(from.width) + ")";
  return frame_npy(npy_header_text(descr, fortran_order, shape), data, version);
}

outcome run_tool(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"bitwhere"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out;
  std::ostringstream err;
  const int code = tool::run(static_cast<int>(argv.size()), argv.data(), {out, err, nullptr});
  return {code, out.str(), err.str()};
}

}  // namespace bitwhere::tool_test
