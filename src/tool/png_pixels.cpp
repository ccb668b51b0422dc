// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "png_pixels.hpp"

#include "png_codec.hpp"
#include "png_unfilter.hpp"

#include <libdeflate.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace bitwhere::tool {

namespace {

std::uint32_t big_endian(const std::byte* from) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(from[i]);
  return value;
}

constexpr std::uint32_t idat = 0x49444154;
constexpr std::uint32_t iend = 0x49454E44;

struct chunk {
  std::uint32_t type = 0;
  std::span<const std::byte> data;
};

class chunk_reader {
 public:
  explicit chunk_reader(std::span<const std::byte> file)
      : rest_(file.subspan(png_signature_bytes)) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  /// The next chunk; nothing where the file ends inside it or its checksum is wrong.
  std::optional<chunk> next() {
    constexpr std::size_t around = 12;  // length and type before the data, checksum behind it
    constexpr std::size_t longest = 0x7FFFFFFF;
    if (rest_.size() < around) return std::nullopt;
    const std::size_t length = big_endian(rest_.data());
    if (length > longest || length > rest_.size() - around) return std::nullopt;
    const std::span<const std::byte> checked = rest_.subspan(4, 4 + length);
    if (libdeflate_crc32(0, checked.data(), checked.size()) !=
        big_endian(checked.data() + checked.size())) {
      return std::nullopt;
    }
    rest_ = rest_.subspan(around + length);
    return chunk{big_endian(checked.data()), checked.subspan(4)};
  }

 private:
  std::span<const std::byte> rest_;
};

/// What all IDATs hold together: a view where one holds it all, else into `joined`. Nothing where
/// anything but an IEND and the end of the file follows them.
std::optional<std::span<const std::byte>> pixel_stream(std::span<const std::byte> file,
                                                       std::vector<std::byte>& joined) {
  chunk_reader chunks(file);
  std::optional<chunk> current = chunks.next();
  while (current && current->type != idat) current = chunks.next();
  std::span<const std::byte> stream;
  for (; current && current->type == idat; current = chunks.next()) {
    const std::span<const std::byte> data = current->data;
    if (stream.empty()) {
      stream = data;
      continue;
    }
    if (joined.empty()) {
      joined.reserve(file.size());
      joined.assign(stream.begin(), stream.end());
    }
    joined.insert(joined.end(), data.begin(), data.end());
    stream = joined;
  }
  if (!current || current->type != iend || !current->data.empty() || !chunks.at_end()) {
    return std::nullopt;
  }
  return stream;
}

/// Whether the stream is one of zlib that fills `out` and ends there, with the checksum of it.
bool inflate(std::span<const std::byte> stream, std::span<std::uint8_t> out) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflater(
      libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  std::size_t read = 0;
  return inflater != nullptr &&
         libdeflate_zlib_decompress_ex(inflater.get(), stream.data(), stream.size(), out.data(),
                                       out.size(), &read, nullptr) == LIBDEFLATE_SUCCESS &&
         read == stream.size();
}

}  // namespace

bool decode_pixels(std::span<const std::byte> file, std::size_t height, std::size_t width,
                   std::byte* out) {
  if (file.size() < png_signature_bytes || width == 0) return false;
  std::vector<std::byte> joined;
  const auto stream = pixel_stream(file, joined);
  const std::size_t filtered_bytes = height * (width + 1);
  // Before memory is taken for what the header says.
  if (!stream || filtered_bytes / max_inflation > stream->size()) return false;
  // Usual maps share a thread's buffer: the system gives fresh pages slower than they are filled.
  constexpr std::size_t kept_bytes = std::size_t{16} << 20;
  thread_local std::vector<std::uint8_t> kept;
  std::vector<std::uint8_t> large;
  std::vector<std::uint8_t>& filtered = filtered_bytes <= kept_bytes ? kept : large;
  if (filtered.size() < filtered_bytes) filtered.resize(filtered_bytes);
  return inflate(*stream, {filtered.data(), filtered_bytes}) &&
         unfilter(filtered.data(), height, width, reinterpret_cast<std::uint8_t*>(out));
}

}  // namespace bitwhere::tool
