// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../clean/clean_args.hpp"
#include "../colors/color_args.hpp"
#include "../count/count_args.hpp"
#include "../elementwise/elementwise_args.hpp"
#include "../losses/binary_loss_args.hpp"
#include "../losses/class_loss_rooms.hpp"
#include "../metrics/label_args.hpp"
#include "../metrics/metrics_cpu.hpp"
#include "../nonzero/nonzero_args.hpp"
#include "../reduce/reduce_args.hpp"
#include "../where/where_args.hpp"

// What a unit compiled for one instruction set offers: a row an operation.
namespace bitwhere::kernels {

struct cpu_kernels {
  const char* isa;
  void (*where)(const where_args&, int64_t begin, int64_t end);
  void (*count)(const count_args&, int64_t begin, int64_t end);
  void (*clean)(const clean_args&, int64_t begin, int64_t end, replaced&);
  void (*confusion)(const confusion_args&, int64_t begin, int64_t end, const histogram&, report&);
  void (*accuracy)(const accuracy_args&, int64_t begin, int64_t end, accuracy_counts&);
  void (*argmax)(const argmax_args&, int64_t begin, int64_t end);
  const char* (*argmax_path)(const class_scores&);  // what the trace names
  // The colors by code and the keys of colors are made once a call, in rooms of the palette's size
  // and two.
  packed_color* (*fill_colors)(const colorize_args&, packed_color* room);
  void (*colorize)(const colorize_args&, const packed_color* colors, int64_t begin, int64_t end,
                   report&);
  void (*fill_keys)(const color_table&, uint32_t* keys);
  void (*decolorize)(const decolorize_args&, const uint32_t* keys, int64_t begin, int64_t end,
                     report&);
  // Elements begin at a multiple of 64, the first of which is bit 0 of the words; `record` records
  // stand before theirs.
  int64_t (*find_bits)(const nonzero_args&, int64_t begin, int64_t end, uint64_t* words);
  void (*store_records)(const nonzero_args&, const uint64_t* words, int64_t begin, int64_t end,
                        int64_t record, store_hints);
  void (*fill_records)(const nonzero_args&, int64_t begin, int64_t end, bool stream);
  void (*elementwise)(const elementwise_args&, int64_t begin, int64_t end);
  // Elements [begin, end) of the units [first, last), see reduce_units.hpp: of one unit where that
  // is not all of them. NULL partials: results. Otherwise an output's goes to its index or, with
  // `by_place`, to its place in the unit.
  void (*reduce)(const reduce_args&, int64_t first, int64_t last, int64_t begin, int64_t end,
                 int64_t* partials, bool by_place, report& empty);
  // Elements [begin, end), added to a loss_partial.
  void (*binary_loss)(const binary_loss_args&, int64_t begin, int64_t end, int64_t* into);
  // Pixels [begin, end), added to the rooms. The weights of the classes are made once a call.
  void (*class_loss)(const class_loss_args&, int64_t begin, int64_t end, const class_loss_rooms&);
  void (*fill_class_weights)(const class_loss_args&, unsigned char* to);
  const char* (*class_loss_path)(const class_loss_args&);  // what the trace names
};

extern const cpu_kernels scalar_kernels;
extern const cpu_kernels avx2_kernels;
extern const cpu_kernels avx512_kernels;
extern const cpu_kernels neon_kernels;

}  // namespace bitwhere::kernels
