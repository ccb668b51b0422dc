// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../metrics/label_args.hpp"

namespace bitwhere::kernels {

// R, G, B and A in the bytes of a word, R lowest.
using packed_color = uint32_t;

// u8 (count, channels) in memory of the device.
struct color_table {
  const unsigned char* data;
  int64_t count;
  int64_t color_stride;    // bytes from a color to the next
  int64_t channel_stride;  // from R to G to B to A
  int32_t channels;        // 3: A is 255
};

// An image whose pixels lie in an index space of their own strides.
template <class Byte>
struct image_of {
  Byte* data;
  int64_t stride_bytes[max_rank];
  int64_t channel_stride;
};

struct colorize_args {
  space s;  // of the pixels
  labels from;
  ignore_list ignore;
  bool wrap;  // labels modulo the number of colors
  color_table palette;
  packed_color ignored;
  packed_color outside;
  int32_t opacity;
  int32_t channels;                     // of image and out
  image_of<const unsigned char> image;  // data is nullptr where there is none
  image_of<unsigned char> out;
  int64_t first_element;
};

struct decolorize_args {
  space s;  // of the pixels
  image_of<const unsigned char> image;
  color_table palette;
  label_kind kind;  // of out
  output out;
  int64_t unknown;
  int64_t first_element;
};

}  // namespace bitwhere::kernels
