// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "../../../kernels/metrics/metrics_cpu.hpp"

namespace bitwhere::device {

// Where workers count the cells of a confusion matrix: in bins of their own, which are added up at
// the end, or where those would be more than there is to count, in the counts themselves.
class cell_bins {
 public:
  // Adds `pixel_weight` a pixel to counts of (classes, classes).
  cell_bins(int64_t classes, int64_t pixels, int64_t pixel_weight, int64_t* counts);

  bool own() const { return own_; }
  // Memory that `begin` needs.
  size_t bytes(int workers) const;
  void begin(void* memory, int workers);
  kernels::histogram of(int worker) const;
  // To be called by a worker that has counted so many pixels more, at most 2^31.
  void counted(int worker, int64_t pixels);
  void end();

 private:
  uint32_t* bins_of(int worker) const;
  void empty(int worker);

  int64_t cells_;
  int64_t pixel_weight_;
  int64_t* counts_;
  bool own_;
  int32_t copies_;
  uint32_t* memory_ = nullptr;
  std::vector<int64_t> full_;
  std::mutex adding_;
};

}  // namespace bitwhere::device
