// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../condition/condition_cpu.hpp"
#include "argmax_cpu.hpp"

// Which of a tile's pixels count, and what is predicted there.
namespace bitwhere::kernels {
namespace {

// The code that a range of pixels needs, chosen once.
struct pixel_code {
  label_code target;
  int64_t target_bytes;
  label_code prediction;  // unless from scores
  int64_t prediction_bytes;
  argmax_function argmax;  // where from scores
  condition_code where;    // where conditional
};

void choose_code(const pixel_args& args, pixel_code& to) {
  to.target = label_code_of(args.target.kind);
  to.target_bytes = label_bytes(args.target.kind);
  if (args.from_scores) {
    to.argmax = argmax_code_of(args.scores);
  } else {
    to.prediction = label_code_of(args.prediction.kind);
    to.prediction_bytes = label_bytes(args.prediction.kind);
  }
  if (args.conditional) choose_code(args.where, to.where);
}

struct pixel_rooms {
  scratch labels[2];
  scratch condition[condition_rooms];
  condition_stack bits;
};

// The bits of a tile's pixels, or nullptr where all of them count.
BITWHERE_FN const uint64_t* counted_bits(const pixel_args& args, const pixel_code& code,
                                         const tile& t, pixel_rooms& rooms) {
  if (!args.conditional) return nullptr;
  condition_words(args.s, args.where, code.where, t, rooms.condition, rooms.bits);
  return rooms.bits.words[0];
}

}  // namespace
}  // namespace bitwhere::kernels
