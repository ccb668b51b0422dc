// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>

namespace simt {

/// Saves the running context behind `*save` and continues the one `load` stands for. Callee-saved
/// registers only: swapcontext would add a system call for the signal mask to each switch.
extern "C" void simt_switch_context(void** save, void* load);

/// A context that will run `entry` on the given stack; `entry` must not return.
void* make_context(std::byte* stack, std::size_t bytes, void (*entry)());

/// Frees what make_context allocated, in a context that will not run again.
void discard_context(void* context);

}  // namespace simt
