// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "jpeg.hpp"

#include "failure.hpp"
#include "label_map.hpp"

#include <fmt/format.h>
#include <turbojpeg.h>

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

namespace bitwhere::tool {

namespace {

using codec = std::unique_ptr<std::remove_pointer_t<tjhandle>, decltype(&tjDestroy)>;

codec made(tjhandle handle) {
  codec out(handle, &tjDestroy);
  if (!out) throw std::bad_alloc();
  return out;
}

// A block of 8 x 8 pixels takes a bit at least, so a byte holds no more pixels than this. (Of
// arithmetic coding it could be more; no camera writes that.)
constexpr std::int64_t max_pixels_a_byte = 512;

struct jpeg_size {
  int width = 0;
  int height = 0;
};

/// Decides from the header and the file's size, before anything is allocated.
jpeg_size checked_size(tjhandle jpeg, std::span<const std::byte> file) {
  jpeg_size size;
  int subsampling = 0;
  int colors = 0;
  if (tjDecompressHeader3(jpeg, reinterpret_cast<const unsigned char*>(file.data()),
                          static_cast<unsigned long>(file.size()), &size.width, &size.height,
                          &subsampling, &colors) != 0) {
    throw file_error(fmt::format("bad JPEG header: {}", tjGetErrorStr2(jpeg)));
  }
  if (colors == TJCS_CMYK || colors == TJCS_YCCK) {
    throw file_error("a CMYK JPEG, made for printing: convert it to RGB");
  }
  const std::int64_t pixels = std::int64_t{size.width} * size.height;
  if (pixels > max_pixels || pixels / max_pixels_a_byte > static_cast<std::int64_t>(file.size())) {
    throw file_error(fmt::format("its header says {} x {} pixels, which its {} bytes cannot hold",
                                 size.width, size.height, file.size()));
  }
  return size;
}

/// Bytes of a file that may end anywhere. What is not there reads as 0.
class tiff_bytes {
 public:
  explicit tiff_bytes(std::span<const std::byte> bytes)
      : bytes_(bytes), little_(at(0) == 'I' && at(1) == 'I') {}

  [[nodiscard]] std::size_t number(std::size_t from, std::size_t length) const {
    std::size_t out = 0;
    for (std::size_t i = 0; i < length; ++i) {
      out = out << 8 | at(from + (little_ ? length - 1 - i : i));
    }
    return out;
  }

 private:
  [[nodiscard]] std::size_t at(std::size_t index) const {
    return index < bytes_.size() ? std::to_integer<std::size_t>(bytes_[index]) : 0;
  }

  std::span<const std::byte> bytes_;
  bool little_;
};

/// The orientation in a TIFF's first directory; 0: none.
std::size_t orientation_of_tiff(const tiff_bytes& tiff) {
  constexpr std::size_t entry_bytes = 12;
  constexpr std::size_t orientation = 0x0112;
  constexpr std::size_t of_16_bits = 3;
  const std::size_t directory = tiff.number(4, 4);
  const std::size_t entries = tiff.number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * entry_bytes;
    if (tiff.number(entry, 2) != orientation || tiff.number(entry + 2, 2) != of_16_bits) continue;
    return tiff.number(entry + 8, 2);
  }
  return 0;
}

/// How EXIF says that a picture is to be turned before it is shown: 1 to 8, or 1 where it says
/// nothing that can be understood.
std::size_t orientation_of(std::span<const std::byte> file) {
  constexpr std::string_view exif{"Exif\0\0", 6};
  std::size_t begin = 2;
  const auto byte = [&](std::size_t at) { return std::to_integer<std::size_t>(file[at]); };
  while (begin + 4 <= file.size() && byte(begin) == 0xFF) {
    const std::size_t marker = byte(begin + 1);
    if (marker == 0xFF) {  // a filling byte
      ++begin;
      continue;
    }
    constexpr std::size_t scan = 0xDA;
    constexpr std::size_t app1 = 0xE1;
    const std::size_t length = byte(begin + 2) << 8 | byte(begin + 3);
    if (marker == scan || length < 2 || length > file.size() - begin - 2) break;
    const auto body = file.subspan(begin + 4, length - 2);
    const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
    if (marker == app1 && text.starts_with(exif)) {
      const std::size_t found = orientation_of_tiff(tiff_bytes(body.subspan(exif.size())));
      return found >= 1 && found <= 8 ? found : 1;
    }
    begin += 2 + length;
  }
  return 1;
}

/// Whether label maps lie as its pixels are stored or as viewers turn them, nobody can tell; drawn
/// the wrong way, colours would lie over other things.
void require_upright(std::span<const std::byte> file) {
  const std::size_t orientation = orientation_of(file);
  if (orientation == 1) return;
  throw file_error(fmt::format(
      "its EXIF orientation is {}, not 1: turn its pixels as the label map has them, and remove it",
      orientation));
}

}  // namespace

bool is_jpeg(std::span<const std::byte> file) {
  return file.size() >= 3 && file[0] == std::byte{0xFF} && file[1] == std::byte{0xD8} &&
         file[2] == std::byte{0xFF};
}

picture decode_jpeg(std::span<const std::byte> file) {
  const codec jpeg = made(tjInitDecompress());
  const auto [width, height] = checked_size(jpeg.get(), file);
  require_upright(file);
  picture out = make_picture(height, width);
  // Warnings stop it: of a file that is cut off, the rest would be grey. A progressive file may
  // have no more scans than any encoder makes, or a small one could decode for hours.
  constexpr int flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
  if (tjDecompress2(jpeg.get(), reinterpret_cast<const unsigned char*>(file.data()),
                    static_cast<unsigned long>(file.size()), out.rgb.get(), width, 0, height,
                    TJPF_RGB, flags) != 0) {
    throw file_error(fmt::format("damaged JPEG: {}", tjGetErrorStr2(jpeg.get())));
  }
  return out;
}

std::vector<std::byte> jpeg_of(const picture& pixels, int quality) {
  constexpr std::int64_t longest = 65500;  // libjpeg's
  if (pixels.width < 1 || pixels.height < 1 || pixels.width > longest || pixels.height > longest) {
    throw file_error(
        fmt::format("{} x {} pixels are no size of a JPEG", pixels.width, pixels.height));
  }
  const codec jpeg = made(tjInitCompress());
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const int status = tjCompress2(jpeg.get(), pixels.rgb.get(), static_cast<int>(pixels.width), 0,
                                 static_cast<int>(pixels.height), TJPF_RGB, &bytes, &size,
                                 TJSAMP_420, quality, TJFLAG_ACCURATEDCT);
  const std::unique_ptr<unsigned char, decltype(&tjFree)> owner(bytes, &tjFree);
  if (status != 0) throw file_error(fmt::format("JPEG: {}", tjGetErrorStr2(jpeg.get())));
  const auto* const begin = reinterpret_cast<const std::byte*>(bytes);
  return {begin, begin + size};
}

}  // namespace bitwhere::tool
