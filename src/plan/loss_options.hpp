// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <vector>

#include "../../kernels/losses/loss_args.hpp"
#include "../../kernels/metrics/label_args.hpp"
#include "condition_plan.hpp"

// What the plans of all losses have in common.
namespace bitwhere::plan {

// The options with their defaults where there are none.
//   Throws BW_INVALID_ARGUMENT
bw_loss_options checked_loss(const bw_loss_options* loss);

// Throws BW_INVALID_ARGUMENT, naming the option, for numbers below 0 and not finite ones.
void require_not_negative(double number, const char* name);
std::string describe(double number);

// Places a tensor that broadcasts to `common`, or where it is not `there`, a value that is not
// read.
void place_or_clear(const placement& on, bool there, const tensor& t, const shape& common,
                    kernels::operand& to);

// An output that is not packed along rows says so.
inline void gather_splat(kernels::output& out) {
  if (out.reach == kernels::access::splat) out.reach = kernels::access::gather;
}

// The output of a loss: an element each of x's dtype, rank 0 of any float, or the words of a
// partial.
tensor checked_loss_output(const placement& on, const bw_tensor* out, dtype x, const shape& each,
                           int32_t reduction);

int64_t loss_partial_words(dtype x);

// A partial that a call has given, and its result.
struct finish_loss_plan {
  kernels::loss_finish_args args;  // out is NULL where `out` is strided
  tensor out;
  const int64_t* words = nullptr;
  kernels::report* report = nullptr;
  int64_t bytes = 0;
};

// Throws as bw_finish_loss.
finish_loss_plan plan_finish_loss(const placement& on, const bw_tensor* partial,
                                  const bw_loss_options* loss, const bw_tensor* out,
                                  bw_report* report);

// The tensors of a gradient; of none, all are of no elements.
struct gradient_tensors {
  bool wanted = false;
  tensor to;
  tensor upstream;
  bool has_upstream = false;

  // Everything that is read beside x.
  void add_read(std::vector<tensor>& to_these) const {
    if (has_upstream) to_these.push_back(upstream);
  }
};

// Checks the gradient of x that the options ask for and places its upstream; `each` is the shape of
// the losses.
//   Throws as checked_output, and BW_OVERLAP where it shares memory with x in another way than
//   element by element
gradient_tensors plan_gradient(const placement& on, const bw_loss_options& loss, const tensor& x,
                               const shape& each, kernels::loss_gradient_args& to);

// The divisor that the options name, checked; of no elements where there is none.
//   Throws BW_INVALID_DTYPE, BW_INVALID_SHAPE, BW_INVALID_DEVICE
tensor checked_divisor(const placement& on, const bw_loss_options& loss);

// How sums become `out`; `usual` is what a mean is divided by unless the options say.
kernels::loss_finish_args plan_loss_finish(const bw_loss_options& loss, const tensor& divisor,
                                           kernels::normaliser usual, bool weighted,
                                           const tensor& x, int64_t elements, const tensor& out);

}  // namespace bitwhere::plan
