// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../lane/scalar.hpp"
#include "../metrics/label_formula.hpp"
#include "color_args.hpp"

// What a pixel's color is, in integers alone.
namespace bitwhere::kernels {

BITWHERE_FN packed_color pack_color(uint32_t r, uint32_t g, uint32_t b, uint32_t a) {
  return r | g << 8 | b << 16 | a << 24;
}

BITWHERE_FN uint32_t channel_of(packed_color c, int channel) { return c >> (8 * channel) & 255u; }

BITWHERE_FN packed_color color_at(const color_table& from, int64_t index) {
  const unsigned char* p = from.data + index * from.color_stride;
  const int64_t step = from.channel_stride;
  return pack_color(p[0], p[step], p[2 * step], from.channels == 4 ? p[3 * step] : 255u);
}

// R, G and B, by which colors are told apart.
BITWHERE_FN uint32_t key_of(packed_color c) { return c & 0xffffffu; }

// The place of any integer among `count` colors that repeat without end.
BITWHERE_FN int64_t wrapped(int64_t label, int64_t count) {
  const int64_t rest = label % count;
  return rest < 0 ? rest + count : rest;
}

// The color of a label, or code_ignored, or code_bad where it has none.
BITWHERE_FN int64_t color_code(int64_t label, const colorize_args& args) {
  const int64_t code = target_code<scalar_lane>(label, args.palette.count, args.ignore);
  return args.wrap && code != code_ignored ? wrapped(label, args.palette.count) : code;
}

// n / 255 to nearest, of n up to 255 * 255; it is never half way.
BITWHERE_FN uint32_t divided_by_255(uint32_t n) { return (n + 128u + ((n + 128u) >> 8)) >> 8; }

// The weight of a color over an image.
BITWHERE_FN uint32_t weight_of(packed_color c, uint32_t opacity) {
  return divided_by_255(opacity * channel_of(c, 3));
}

BITWHERE_FN uint32_t blend(uint32_t weight, uint32_t color, uint32_t image) {
  return divided_by_255(weight * color + (255u - weight) * image);
}

// A color over an image's, A being 255 of every color.
BITWHERE_FN packed_color blend_color(packed_color c, uint32_t opacity, packed_color image) {
  const uint32_t w = weight_of(c, opacity);
  return pack_color(blend(w, channel_of(c, 0), channel_of(image, 0)),
                    blend(w, channel_of(c, 1), channel_of(image, 1)),
                    blend(w, channel_of(c, 2), channel_of(image, 2)),
                    blend(w, 255u, channel_of(image, 3)));
}

}  // namespace bitwhere::kernels
