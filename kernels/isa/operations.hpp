// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "../clean/clean_cpu.hpp"
#include "../colors/color_cpu.hpp"
#include "../count/count_cpu.hpp"
#include "../elementwise/elementwise_cpu.hpp"
#include "../losses/binary_loss_cpu.hpp"
#include "../losses/class_loss_cpu.hpp"
#include "../metrics/accuracy_cpu.hpp"
#include "../metrics/confusion_cpu.hpp"
#include "../nonzero/nonzero_cpu.hpp"
#include "../reduce/reduce_cpu.hpp"
#include "../where/where_cpu.hpp"
#include "table.hpp"

// The operations of one instruction set. A new operation adds its header and its row here.
namespace bitwhere::kernels {
namespace {

constexpr cpu_kernels operations(const char* isa) {
  return {isa,
          where_range,
          count_range,
          clean_range,
          confusion_range,
          accuracy_range,
          argmax_range,
          argmax_path,
          fill_colors,
          colorize_range,
          fill_keys,
          decolorize_range,
          find_bits,
          store_records,
          fill_records,
          elementwise_range,
          reduce_range,
          binary_loss_range,
          class_loss_range,
          fill_class_weights,
          class_loss_path};
}

}  // namespace
}  // namespace bitwhere::kernels
