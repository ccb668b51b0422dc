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

// n / 255 to nearest, of n up to 255 * 255, in 16 bits or more; it is never half way.
template <class L, class V>
BITWHERE_FN V divided_by_255(V n) {
  const V up = L::add(n, L::fill(n, 128));
  return L::template shifted_right<8>(L::add(up, L::template shifted_right<8>(up)));
}

// The weight of a color over an image.
BITWHERE_FN uint32_t weight_of(packed_color c, uint32_t opacity) {
  return divided_by_255<scalar_lane>(opacity * channel_of(c, 3));
}

// A channel of a color over that of an image.
template <class L, class V>
BITWHERE_FN V blend(V weight, V color, V image) {
  const V rest = L::subtract(L::fill(weight, 255), weight);
  return divided_by_255<L>(L::add(L::multiply(weight, color), L::multiply(rest, image)));
}

// A color over an image's, A being 255 of every color.
BITWHERE_FN packed_color blend_color(packed_color c, uint32_t opacity, packed_color image) {
  const uint32_t w = weight_of(c, opacity);
  const auto channel = [&](int k, uint32_t color) {
    return blend<scalar_lane>(w, color, channel_of(image, k));
  };
  return pack_color(channel(0, channel_of(c, 0)), channel(1, channel_of(c, 1)),
                    channel(2, channel_of(c, 2)), channel(3, 255u));
}

}  // namespace bitwhere::kernels
