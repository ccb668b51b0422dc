// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "color_cuda.hpp"

#include "../metrics/label_cuda.cuh"
#include "../metrics/report_cuda.cuh"
#include "../tile/run_cuda.cuh"
#include "color_formula.hpp"

// Labels to colors and back. Bytes: labels and images once; the palette is read from the cache.
//   pixels  a thread a pixel: neighbours write neighbouring bytes, which the cache joins
namespace bitwhere::kernels {
namespace {

template <class Byte>
__device__ __forceinline__ packed_color load_pixel(const image_of<Byte>& from, int64_t offset,
                                                   int channels) {
  const unsigned char* p = from.data + offset;
  const int64_t step = from.channel_stride;
  return pack_color(p[0], p[step], p[2 * step], channels == 4 ? p[3 * step] : 255u);
}

__device__ __forceinline__ void store_pixel(const image_of<unsigned char>& to, int64_t offset,
                                            int channels, bool words, packed_color color) {
  unsigned char* p = to.data + offset;
  if (words) {
    *reinterpret_cast<packed_color*>(p) = color;
    return;
  }
  for (int k = 0; k < channels; ++k) {
    p[k * to.channel_stride] = static_cast<unsigned char>(channel_of(color, k));
  }
}

__device__ __forceinline__ packed_color color_of(int64_t label, const colorize_args& args,
                                                 report* found, int64_t i) {
  const int64_t code = color_code(label, args);
  if (code == code_ignored) return args.ignored;
  if (code != code_bad) return color_at(args.palette, code);
  note_bad(found, args.first_element + i);
  return args.outside;
}

__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    colorize_pixels(const __grid_constant__ colorize_args args, const __grid_constant__ indexer by,
                    bool aligned, bool words, report* found) {
  const int64_t i = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  if (i >= args.s.elements) return;
  const thread_position at = position_at(by, i);
  const int64_t label =
      label_at(args.from, offset_at(by, at, args.from.values.stride_bytes), aligned);
  packed_color color = color_of(label, args, found, i);
  if (args.image.data != nullptr) {
    const int64_t below = offset_at(by, at, args.image.stride_bytes);
    color = blend_color(color, static_cast<uint32_t>(args.opacity),
                        load_pixel(args.image, below, args.channels));
  }
  store_pixel(args.out, offset_at(by, at, args.out.stride_bytes), args.channels, words, color);
}

// The keys of the palette pass through shared memory; every thread compares its pixel with each
// until it finds one.
__global__ void __launch_bounds__(tuning::cuda_block, tuning::cuda_resident_blocks)
    decolorize_pixels(const __grid_constant__ decolorize_args args,
                      const __grid_constant__ indexer by, bool aligned, report* found) {
  struct key_room {
    uint32_t key[tuning::cuda_keys];
  };
  BITWHERE_SHARED(key_room, keys);
  const int64_t i = int64_t{blockIdx.x} * tuning::cuda_block + threadIdx.x;
  const bool mine = i < args.s.elements;
  const thread_position at = position_at(by, mine ? i : 0);
  const uint32_t wanted =
      key_of(load_pixel(args.image, offset_at(by, at, args.image.stride_bytes), 3));
  int64_t label = -1;
  for (int64_t first = 0; first < args.palette.count; first += tuning::cuda_keys) {
    const int64_t left = args.palette.count - first;
    const int n = left < tuning::cuda_keys ? static_cast<int>(left) : tuning::cuda_keys;
    __syncthreads();  // the keys before these have been compared
    for (int k = static_cast<int>(threadIdx.x); k < n; k += tuning::cuda_block) {
      keys.key[k] = key_of(color_at(args.palette, first + k));
    }
    __syncthreads();
    for (int k = 0; k < n && label < 0; ++k) {
      if (keys.key[k] == wanted) label = first + k;
    }
  }
  if (!mine) return;
  if (label < 0) {
    label = args.unknown;
    note_bad(found, args.first_element + i);
  }
  store_label(args.kind, args.out.data + offset_at(by, at, args.out.stride_bytes), label, aligned);
}

launch_shape a_thread_a_pixel(const space& s, void* stream) {
  return {blocks_for(s.elements, tuning::cuda_block), tuning::cuda_block, 0, stream};
}

// Pixels of 4 channels that lie together at multiples of 4 are written as words.
bool writes_words(const colorize_args& args) {
  return args.channels == 4 && args.out.channel_stride == 1 &&
         aligned_elements(args.out.data, args.out.stride_bytes, args.s, 4);
}

}  // namespace

const char* colorize_cuda_kernel(const colorize_args&) { return "colorize.pixels"; }
const char* decolorize_cuda_kernel(const decolorize_args&) { return "decolorize.pixels"; }

int launch_colorize(const colorize_args& args, report* found, void* stream) {
  const bool aligned = aligned_elements(args.from.values.data, args.from.values.stride_bytes,
                                        args.s, label_bytes(args.from.kind));
  return launch(a_thread_a_pixel(args.s, stream), colorize_pixels, args, indexer_of(args.s),
                aligned, writes_words(args), found);
}

int launch_decolorize(const decolorize_args& args, report* found, void* stream) {
  const bool aligned =
      aligned_elements(args.out.data, args.out.stride_bytes, args.s, label_bytes(args.kind));
  return launch(a_thread_a_pixel(args.s, stream), decolorize_pixels, args, indexer_of(args.s),
                aligned, found);
}

}  // namespace bitwhere::kernels
