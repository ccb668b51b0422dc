// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../metrics/label_cpu.hpp"
#include "../tile/output_cpu.hpp"
#include "color_formula.hpp"

namespace bitwhere::kernels {
namespace {

// --- Colors of a tile, between words and the channels of an image. ---

template <int Channels>
void store_pixels(const packed_color* colors, int64_t pixels, unsigned char* to, int64_t stride,
                  int64_t channel_stride) {
  if (channel_stride == 1 && stride == Channels) {
    // A word reaches into the next pixel, which is written after it.
    for (int64_t i = 0; i + 1 < pixels; ++i, to += Channels) store(to, colors[i]);
    for (int k = 0; k < Channels; ++k) {
      to[k] = static_cast<unsigned char>(channel_of(colors[pixels - 1], k));
    }
    return;
  }
  for (int k = 0; k < Channels; ++k) {
    unsigned char* plane = to + k * channel_stride;
    if (stride == 1) {
      for (int64_t i = 0; i < pixels; ++i) {
        plane[i] = static_cast<unsigned char>(channel_of(colors[i], k));
      }
    } else {
      for (int64_t i = 0; i < pixels; ++i) {
        plane[i * stride] = static_cast<unsigned char>(channel_of(colors[i], k));
      }
    }
  }
}

template <int Channels>
void load_pixels(const unsigned char* from, int64_t pixels, int64_t stride, int64_t channel_stride,
                 packed_color* colors) {
  const int64_t c = channel_stride;
  for (int64_t i = 0; i < pixels; ++i, from += stride) {
    colors[i] = pack_color(from[0], from[c], from[2 * c], Channels == 4 ? from[3 * c] : 255u);
  }
}

template <int Channels>
void store_tile(const space& s, const image_of<unsigned char>& to, const tile& t,
                const packed_color* colors) {
  for_each_run(s, to.stride_bytes, t.at, t.columns, [&](int64_t offset, int64_t stride, int64_t n) {
    store_pixels<Channels>(colors, n, to.data + offset, stride, to.channel_stride);
    colors += n;
  });
}

template <int Channels>
void load_tile(const space& s, const image_of<const unsigned char>& from, const tile& t,
               packed_color* colors) {
  for_each_run(s, from.stride_bytes, t.at, t.columns,
               [&](int64_t offset, int64_t stride, int64_t n) {
                 load_pixels<Channels>(from.data + offset, n, stride, from.channel_stride, colors);
                 colors += n;
               });
}

// Blends the colors of a tile over what is below, A being 255 of every color.
void blend_tile(packed_color* colors, const packed_color* below, int64_t pixels, uint32_t opacity) {
  alignas(64) packed_color weights[label_tile];
  for (int64_t i = 0; i < pixels; ++i) {
    weights[i] = weight_of(colors[i], opacity) * 0x01010101u;
    colors[i] |= 0xff000000u;
  }
  const hn::ScalableTag<uint16_t> d;
  const hn::ScalableTag<int16_t> as_signed;
  const hn::Rebind<uint8_t, hn::ScalableTag<uint16_t>> narrow;
  constexpr int64_t lanes = hn::MaxLanes(hn::ScalableTag<uint16_t>());
  auto* const c = reinterpret_cast<uint8_t*>(colors);
  const auto* const b = reinterpret_cast<const uint8_t*>(below);
  const auto* const w = reinterpret_cast<const uint8_t*>(weights);
  const auto widened = [&](const uint8_t* p) { return hn::PromoteTo(d, hn::LoadU(narrow, p)); };
  int64_t i = 0;
  for (; i + lanes <= 4 * pixels; i += lanes) {
    const auto out = blend<simd_lane>(widened(w + i), widened(c + i), widened(b + i));
    // At most 255, so that the sign is not there.
    hn::StoreU(hn::DemoteTo(narrow, hn::BitCast(as_signed, out)), narrow, c + i);
  }
  for (; i < 4 * pixels; ++i) {
    c[i] = static_cast<uint8_t>(blend<scalar_lane, uint16_t>(w[i], c[i], b[i]));
  }
}

// --- Labels to colors. ---

// The colors by code: those of labels from 0 on, and before them those of code_bad and
// code_ignored. `room` holds two more than the palette.
packed_color* fill_colors(const colorize_args& args, packed_color* room) {
  packed_color* const colors = room + 2;
  colors[code_bad] = args.outside;
  colors[code_ignored] = args.ignored;
  for (int64_t i = 0; i < args.palette.count; ++i) colors[i] = color_at(args.palette, i);
  return colors;
}

void fill_wrapped(const colorize_args& args, const label_code& code, const unsigned char* labels,
                  int64_t pixels, int32_t* codes) {
  alignas(64) unsigned char wide[label_tile * 8];
  code.widen(labels, pixels, wide);
  for (int64_t i = 0; i < pixels; ++i) {
    codes[i] = static_cast<int32_t>(color_code(load<int64_t>(wide + i * 8), args));
  }
}

void note_outside(const int32_t* codes, int64_t pixels, int64_t first_index, report& found) {
  for (int64_t i = 0; i < pixels; ++i) {
    if (codes[i] != code_bad) continue;
    if (found.count++ == 0) found.first_index = first_index + i;
  }
}

// Pixels [begin, end).
template <int Channels>
void colorize_pixels(const colorize_args& args, const packed_color* colors, int64_t begin,
                     int64_t end, report& found) {
  const label_code code = label_code_of(args.from.kind);
  const int64_t size = label_bytes(args.from.kind);
  const auto count = static_cast<int32_t>(args.palette.count);
  const auto opacity = static_cast<uint32_t>(args.opacity);
  alignas(64) int32_t codes[label_tile];
  alignas(64) packed_color picked[label_tile];
  alignas(64) packed_color below[label_tile];
  scratch room;
  report seen = {0, -1};
  for_each_tile(args.s, begin, end, 0, label_tile, [&](const tile& t) {
    const int64_t n = t.columns;
    const unsigned char* labels = fetch_labels(args.s, args.from, code, size, t, room);
    if (args.wrap) {
      fill_wrapped(args, code, labels, n, codes);
    } else {
      code.target(labels, n, count, args.ignore, codes);
    }
    int32_t lowest = 0;
    for (int64_t i = 0; i < n; ++i) {
      picked[i] = colors[codes[i]];
      lowest |= codes[i];
    }
    if (lowest < 0) note_outside(codes, n, args.first_element + t.element, seen);
    if (args.image.data != nullptr) {
      load_tile<Channels>(args.s, args.image, t, below);
      blend_tile(picked, below, n, opacity);
    }
    store_tile<Channels>(args.s, args.out, t, picked);
  });
  merge(found, seen);
}

void colorize_range(const colorize_args& args, const packed_color* colors, int64_t begin,
                    int64_t end, report& found) {
  (args.channels == 4 ? colorize_pixels<4> : colorize_pixels<3>)(args, colors, begin, end, found);
}

// --- Colors to labels. ---

void fill_keys(const color_table& from, uint32_t* keys) {
  for (int64_t i = 0; i < from.count; ++i) keys[i] = key_of(color_at(from, i));
}

// What was found for colors that came before: an image has few, and comes back to them.
class color_memory {
 public:
  color_memory(const uint32_t* keys, int64_t count) : keys_(keys), count_(count) {
    for (int i = 0; i < slots; ++i) slot_[i] = {~uint32_t{0}, 0};
  }

  // The lowest label of a color, or -1.
  BITWHERE_FN int64_t label_of(uint32_t key) {
    found& at = slot_[key * 2654435761u >> 24];
    if (at.key != key) at = {key, search(key)};
    return at.label;
  }

 private:
  static constexpr int slots = 256;
  struct found {
    uint32_t key;  // no color's at first
    int64_t label;
  };

  int64_t search(uint32_t key) const {
    for (int64_t i = 0; i < count_; ++i) {
      if (keys_[i] == key) return i;
    }
    return -1;
  }

  const uint32_t* keys_;
  int64_t count_;
  found slot_[slots];
};

// Pixels [begin, end); A of an image is not looked at.
void decolorize_range(const decolorize_args& args, const uint32_t* keys, int64_t begin, int64_t end,
                      report& found) {
  const int64_t size = label_bytes(args.kind);
  alignas(64) packed_color colors[label_tile];
  alignas(64) int64_t labels[label_tile];
  color_memory memory(keys, args.palette.count);
  report seen = {0, -1};
  for_each_output_tile(args.s, args.out, size, false, 8, begin, end,
                       [&](const tile& whole, const target& to) {
                         // An output's tiles may be longer than what the rooms hold.
                         for (int64_t done = 0; done < whole.columns; done += label_tile) {
                           tile t = whole;
                           advance(args.s, t.at, done);
                           const int64_t left = whole.columns - done;
                           t.columns = left < label_tile ? left : label_tile;
                           load_tile<3>(args.s, args.image, t, colors);
                           for (int64_t i = 0; i < t.columns; ++i) {
                             labels[i] = memory.label_of(key_of(colors[i]));
                             if (labels[i] >= 0) continue;
                             labels[i] = args.unknown;
                             if (seen.count++ == 0)
                               seen.first_index = args.first_element + t.element + done + i;
                           }
                           store_labels(size, labels, t.columns, to.p + done * size);
                         }
                       });
  merge(found, seen);
}

}  // namespace
}  // namespace bitwhere::kernels
