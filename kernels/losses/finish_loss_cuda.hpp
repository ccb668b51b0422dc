// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>

#include "../metrics/label_args.hpp"
#include "loss_args.hpp"

namespace bitwhere::kernels {

// Bytes of the partials of so many warps.
int64_t loss_partials_bytes(const loss_finish_args& args, int64_t warps);

// Enqueues the merging of partials and the storing of their result. Returns the CUDA code.
int launch_finish_loss(const loss_finish_args& args, const int64_t* partials, int64_t count,
                       void* stream);

// Enqueues the merging of partials to the scale of a gradient.
int launch_loss_scale(const loss_finish_args& finish, const loss_gradient_args& args,
                      const int64_t* partials, int64_t count, loss_scale* to, void* stream);

// Enqueues the storing of the result of a partial that a call has given before. The report may be
// NULL.
int launch_round_loss(const loss_finish_args& args, const int64_t* words, report* found,
                      void* stream);

}  // namespace bitwhere::kernels
