// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <new>
#include <string>

#include "../device/cpu/floating_point.hpp"
#include "../device/device.hpp"
#include "../plan/failure.hpp"

// What stands behind the opaque handle, and the edge that no exception crosses.
struct bw_context {
  std::unique_ptr<bitwhere::device::device> device;
  std::string message;
};

namespace bitwhere::api {

// The text of this thread's last failing call that had no context.
std::string& thread_message();

inline bw_status fail(bw_context* context, bw_status status, const char* text) noexcept {
  try {
    (context != nullptr ? context->message : thread_message()) = text;
  } catch (...) {
    // No memory for the text: the status must do.
  }
  return status;
}

// Runs `body`; what it throws becomes a status and a text. Planning rounds numbers too, so it runs
// under the canonical floating-point state.
template <class Body>
bw_status call(bw_context* context, Body body) noexcept {
  const device::floating_point_guard guard;
  try {
    body();
    return BW_OK;
  } catch (const failure& e) {
    return fail(context, e.status(), e.what());
  } catch (const std::bad_alloc&) {
    return fail(context, BW_OUT_OF_MEMORY, "out of host memory");
  } catch (const std::exception& e) {
    return fail(context, BW_INTERNAL, e.what());
  } catch (...) {
    return fail(context, BW_INTERNAL, "an exception of unknown type");
  }
}

// The same for a call that needs a context.
template <class Body>
bw_status call_with(bw_context* context, Body body) noexcept {
  if (context == nullptr) return fail(nullptr, BW_INVALID_ARGUMENT, "context: is NULL");
  return call(context, [&] { body(*context->device); });
}

// Writes a shape to a caller's arrays.
inline void give_shape(const plan::shape& from, int32_t* ndim, int64_t* shape) {
  *ndim = from.rank;
  for (int d = 0; d < from.rank; ++d) shape[d] = from.extent[d];
}

}  // namespace bitwhere::api
