// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "cell_bins.hpp"

#include <cstring>

#include "../../../kernels/metrics/label_formula.hpp"
#include "../../../kernels/tuning.hpp"

namespace bitwhere::device {

namespace tuning = kernels::tuning;

cell_bins::cell_bins(int64_t classes, int64_t pixels, int64_t pixel_weight, int64_t* counts)
    : cells_(classes * classes), pixel_weight_(pixel_weight), counts_(counts) {
  // A few pixels are counted where they belong; there is less of them than of bins to clear.
  own_ = 4 * (cells_ + 1) <= tuning::cpu_histogram_private_bytes && pixels >= cells_;
  // Copies pay where there is more to count than to clear and to add up.
  const bool several =
      4 * (cells_ + 1) <= tuning::cpu_histogram_copies_bytes && pixels >= 16 * cells_;
  copies_ = several ? 4 : 1;
}

size_t cell_bins::bytes(int workers) const {
  if (!own_) return 0;
  return static_cast<size_t>((cells_ + 1) * copies_ * workers) * sizeof(uint32_t);
}

void cell_bins::begin(void* memory, int workers) {
  if (!own_) return;
  memory_ = static_cast<uint32_t*>(memory);
  std::memset(memory_, 0, bytes(workers));
  full_.assign(static_cast<size_t>(workers), 0);
}

uint32_t* cell_bins::bins_of(int worker) const { return memory_ + (cells_ + 1) * copies_ * worker; }

kernels::histogram cell_bins::of(int worker) const {
  if (!own_) return {nullptr, cells_ + 1, 1, counts_};
  return {bins_of(worker), cells_ + 1, copies_, nullptr};
}

// 32-bit bins are emptied before they could overflow.
void cell_bins::counted(int worker, int64_t pixels) {
  if (!own_) return;
  int64_t& full = full_[static_cast<size_t>(worker)];
  full += pixels;
  if (full <= INT32_MAX) return;
  empty(worker);
  full = 0;
}

void cell_bins::empty(int worker) {
  const std::lock_guard lock(adding_);
  uint32_t* const mine = bins_of(worker);
  for (int32_t k = 0; k < copies_; ++k) {
    uint32_t* const copy = mine + k * (cells_ + 1);
    for (int64_t c = 0; c < cells_; ++c) {
      counts_[c] = kernels::plus(counts_[c], kernels::times(copy[c], pixel_weight_));
      copy[c] = 0;
    }
    copy[cells_] = 0;
  }
}

void cell_bins::end() {
  for (size_t worker = 0; worker < full_.size(); ++worker) empty(static_cast<int>(worker));
}

}  // namespace bitwhere::device
