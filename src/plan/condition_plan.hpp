// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <vector>

#include "../../kernels/condition/condition_args.hpp"
#include "collapse.hpp"
#include "place.hpp"
#include "tensor.hpp"

namespace bitwhere::plan {

// A tensor of a condition and the place in its program where kernels find it.
struct condition_tensor {
  tensor values;
  int leaf;
  bool right;
  bool read;  // false where the dtype alone decides the leaf
};

// What a condition is made of.
struct condition {
  std::vector<condition_tensor> tensors;
  struct shape shape;  // of all of them, broadcast
};

// Checks a condition, moves its negations into its leaves, orders its steps so that few bits are
// held at a time, and resolves its scalars: rounded to the dtype of a float tensor, compared
// exactly with integers, where a scalar out of their range leaves a constant. The operands of
// `program` are left to place_condition.
//   Throws BW_INVALID_ARGUMENT, BW_INVALID_DTYPE, BW_INVALID_SHAPE
condition plan_condition(const bw_condition* from, kernels::condition_program& program);

// The same of a condition that may be left out: NULL holds everywhere.
condition plan_optional_condition(const bw_condition* from, kernels::condition_program& program);

// A program of one leaf that is the same for every element.
void plan_constant(bool value, kernels::condition_program& program);

// Fills the operands of the program: where the tensors lie in the index space `common`.
//   Throws BW_INVALID_DEVICE
void place_condition(const placement& on, const condition& from, const shape& common,
                     kernels::condition_program& program);

// Appends the tensors of a placed condition that are read to those of an operation.
size_t gather_readings(const condition& from, const kernels::condition_program& program,
                       reading* all, size_t count);

// Appends the operands that are read from memory to those of a loop.
int gather_operands(kernels::condition_program& program, strided* operands, int count);

// Bytes of the widest element that a loop packs for a condition.
int64_t widest_of(const kernels::condition_program& program);

}  // namespace bitwhere::plan
