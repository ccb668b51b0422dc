// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <chrono>
#include <memory>

#include "runtime_entry.hpp"
#include "simt/runtime_api.hpp"

using simt::cleanup_entry_point;
using simt::entry_point;
using simt::runtime;

namespace {

std::shared_ptr<simt::stream> find(runtime& rt, cudaStream_t handle) {
  return rt.streams.find(handle, simt::current_device());
}

bool is_complete(const simt::stream_position& position) {
  return position.where == nullptr || position.where->completed >= position.ticket;
}

}  // namespace

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return entry_point([&](runtime& rt) {
    if (stream == nullptr || flags > cudaStreamNonBlocking) return cudaErrorInvalidValue;
    *stream = rt.streams.create(simt::current_device(), flags);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return cleanup_entry_point([&](runtime& rt) {
    return rt.streams.destroy(stream) ? cudaSuccess : cudaErrorInvalidResourceHandle;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return entry_point([&](runtime& rt) {
    const auto s = find(rt, stream);
    if (s == nullptr) return cudaErrorInvalidResourceHandle;
    rt.synchronized();
    rt.streams.drain(*s);
    return rt.sticky;
  });
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return entry_point([&](runtime& rt) {
    const auto s = find(rt, stream);
    if (s == nullptr) return cudaErrorInvalidResourceHandle;
    if (s->queue.empty()) return cudaSuccess;
    rt.streams.run_one(*s);
    return rt.sticky != cudaSuccess ? rt.sticky : cudaErrorNotReady;
  });
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  return entry_point([&](runtime& rt) {
    if (find(rt, stream) == nullptr) return cudaErrorInvalidResourceHandle;
    *status = cudaStreamCaptureStatusNone;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned* flags) {
  return entry_point([&](runtime& rt) {
    const auto s = find(rt, stream);
    if (s == nullptr) return cudaErrorInvalidResourceHandle;
    *flags = s->flags;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetDevice(cudaStream_t stream, int* device) {
  return entry_point([&](runtime& rt) {
    const auto s = find(rt, stream);
    if (s == nullptr) return cudaErrorInvalidResourceHandle;
    *device = s->device;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  return entry_point([&](runtime& rt) {
    const auto s = find(rt, stream);
    const simt::event* const e = rt.streams.find_event(event);
    if (s == nullptr || e == nullptr) return cudaErrorInvalidResourceHandle;
    if (is_complete(e->position) || e->position.where == s) return cudaSuccess;
    rt.streams.push(s, {[] {}, e->position});
    return cudaSuccess;
  });
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  return entry_point([&](runtime& rt) {
    if (event == nullptr) return cudaErrorInvalidValue;
    *event = rt.streams.create_event(flags);
    return cudaSuccess;
  });
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return cleanup_entry_point([&](runtime& rt) {
    return rt.streams.destroy_event(event) ? cudaSuccess : cudaErrorInvalidResourceHandle;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return entry_point([&](runtime& rt) {
    const auto s = find(rt, stream);
    simt::event* const e = rt.streams.find_event(event);
    if (s == nullptr || e == nullptr) return cudaErrorInvalidResourceHandle;
    auto time = std::make_shared<std::chrono::steady_clock::time_point>();
    e->time = time;
    // The ticket before the push: the push itself may already run the operation.
    e->position = {s, s->enqueued + 1};
    rt.streams.push(s, {[time] { *time = std::chrono::steady_clock::now(); }});
    return cudaSuccess;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return entry_point([&](runtime& rt) {
    const simt::event* const e = rt.streams.find_event(event);
    if (e == nullptr) return cudaErrorInvalidResourceHandle;
    rt.synchronized();
    rt.streams.drain(e->position);
    return rt.sticky;
  });
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  return entry_point([&](runtime& rt) {
    const simt::event* const e = rt.streams.find_event(event);
    if (e == nullptr) return cudaErrorInvalidResourceHandle;
    if (is_complete(e->position)) return cudaSuccess;
    rt.streams.run_one(*e->position.where);
    return rt.sticky != cudaSuccess ? rt.sticky : cudaErrorNotReady;
  });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return entry_point([&](runtime& rt) {
    const simt::event* const first = rt.streams.find_event(start);
    const simt::event* const last = rt.streams.find_event(end);
    if (first == nullptr || last == nullptr) return cudaErrorInvalidResourceHandle;
    if (((first->flags | last->flags) & cudaEventDisableTiming) != 0 || first->time == nullptr ||
        last->time == nullptr) {
      return cudaErrorInvalidResourceHandle;
    }
    if (!is_complete(first->position) || !is_complete(last->position)) return cudaErrorNotReady;
    *milliseconds = std::chrono::duration<float, std::milli>(*last->time - *first->time).count();
    return cudaSuccess;
  });
}
