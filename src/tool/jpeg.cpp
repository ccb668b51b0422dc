// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "jpeg.hpp"

#include "failure.hpp"
#include "label_map.hpp"

#include <fmt/format.h>
#include <turbojpeg.h>

#include <memory>
#include <new>
#include <string>
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

}  // namespace

bool is_jpeg(std::span<const std::byte> file) {
  return file.size() >= 3 && file[0] == std::byte{0xFF} && file[1] == std::byte{0xD8} &&
         file[2] == std::byte{0xFF};
}

picture decode_jpeg(std::span<const std::byte> file) {
  const codec jpeg = made(tjInitDecompress());
  const auto [width, height] = checked_size(jpeg.get(), file);
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
