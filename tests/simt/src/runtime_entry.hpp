// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "runtime.hpp"

namespace simt {

inline cudaError_t remember(cudaError_t error) {
  if (error != cudaSuccess && error != cudaErrorNotReady) last_error() = error;
  return error;
}

/// Device code that calls the host's interface would wait for the lock its launch holds.
inline bool called_from_device() { return launch_run::is_on_this_thread(); }

/// Runs an entry point under the lock. Without a device or after a failure it returns that error
/// instead; `call` returns the entry point's own.
template <class Call>
cudaError_t entry_point(const Call& call) {
  if (called_from_device()) return cudaErrorNotPermitted;
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  if (const cudaError_t error = rt.availability(); error != cudaSuccess) return remember(error);
  if (rt.sticky != cudaSuccess) return remember(rt.sticky);
  return remember(call(rt));
}

/// The same for entry points that free something: they do so even after a failure.
template <class Call>
cudaError_t cleanup_entry_point(const Call& call) {
  if (called_from_device()) return cudaErrorNotPermitted;
  runtime& rt = runtime::instance();
  const std::lock_guard guard(rt.lock);
  if (const cudaError_t error = rt.availability(); error != cudaSuccess) return remember(error);
  const cudaError_t error = call(rt);
  return remember(rt.sticky != cudaSuccess ? rt.sticky : error);
}

}  // namespace simt
