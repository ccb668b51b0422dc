// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "runtime_entry.hpp"
#include "simt/runtime_api.hpp"

using simt::entry_point;
using simt::runtime;

namespace {

enum class place { device, pinned, pageable };

struct transfer {
  void* to;
  const void* from;
  std::size_t bytes;
  place target;
  place source;
};

place place_of(const runtime& rt, const void* data, std::size_t bytes) {
  if (rt.memory.holding(data, 1) != nullptr) return place::device;
  return rt.memory.is_pinned(data, bytes) ? place::pinned : place::pageable;
}

bool is_usable(const runtime& rt, place where, bool must_be_device, const void* data,
               std::size_t bytes) {
  if ((where == place::device) != must_be_device) return false;
  if (where != place::device) return true;
  const simt::allocation* const a = rt.memory.holding(data, bytes);
  return a != nullptr && !a->is_free_pending;
}

/// Whether the pointers are what the kind says, for all their bytes.
bool is_valid(const runtime& rt, const transfer& t, cudaMemcpyKind kind) {
  const bool infer = kind == cudaMemcpyDefault;
  const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  return is_usable(rt, t.target, infer ? t.target == place::device : to_device, t.to, t.bytes) &&
         is_usable(rt, t.source, infer ? t.source == place::device : from_device, t.from, t.bytes);
}

// Between the call and the stream's turn somebody may have freed the memory.
bool is_still_there(const runtime& rt, place where, const void* data, std::size_t bytes) {
  switch (where) {
    case place::device:
      return rt.memory.holding(data, bytes) != nullptr;
    case place::pinned:
      return rt.memory.is_pinned(data, bytes);
    default:
      return true;
  }
}

void perform(runtime& rt, const transfer& t) {
  if (!is_still_there(rt, t.target, t.to, t.bytes) ||
      !is_still_there(rt, t.source, t.from, t.bytes)) {
    rt.fail({cudaErrorIllegalAddress, "a copy of " + std::to_string(t.bytes) +
                                          " bytes reached memory that was freed before its turn"});
    return;
  }
  rt.memory.open(simt::device_memory::every_device);
  std::memmove(t.to, t.from, t.bytes);
  rt.memory.close();
}

void enqueue(runtime& rt, const std::shared_ptr<simt::stream>& s, const transfer& t) {
  if (t.source != place::pageable || t.target == place::pageable) {
    rt.streams.push(s, {[&rt, t] { perform(rt, t); }});
    return;
  }
  // CUDA stages pageable memory: the caller may change it as soon as the call returns.
  const auto* const bytes = static_cast<const std::byte*>(t.from);
  auto staged = std::make_shared<std::vector<std::byte>>(bytes, bytes + t.bytes);
  rt.streams.push(s, {[&rt, t, staged] {
                    transfer from_stage = t;
                    from_stage.from = staged->data();
                    perform(rt, from_stage);
                  }});
}

cudaError_t copy(runtime& rt, void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                 cudaStream_t stream, bool is_blocking) {
  const auto s = rt.streams.find(stream, simt::current_device());
  if (s == nullptr) return cudaErrorInvalidResourceHandle;
  if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault) {
    return cudaErrorInvalidMemcpyDirection;
  }
  if (bytes == 0) return cudaSuccess;
  if (to == nullptr || from == nullptr) return cudaErrorInvalidValue;
  const transfer t{to, from, bytes, place_of(rt, to, bytes), place_of(rt, from, bytes)};
  if (!is_valid(rt, t, kind)) return cudaErrorInvalidValue;
  ++rt.tally.copies;
  enqueue(rt, s, t);
  // Pageable memory is written before the call returns; a copy inside the device blocks nobody.
  const bool involves_host = t.target != place::device || t.source != place::device;
  if (t.target != place::pageable && !(is_blocking && involves_host)) return cudaSuccess;
  rt.synchronized();
  rt.streams.drain(*s);
  return rt.sticky;
}

cudaError_t fill(runtime& rt, void* to, int value, std::size_t bytes, cudaStream_t stream) {
  const auto s = rt.streams.find(stream, simt::current_device());
  if (s == nullptr) return cudaErrorInvalidResourceHandle;
  if (bytes == 0) return cudaSuccess;
  if (!is_usable(rt, place_of(rt, to, bytes), true, to, bytes)) return cudaErrorInvalidValue;
  ++rt.tally.memsets;
  rt.streams.push(s, {[&rt, to, value, bytes] {
                    if (!is_still_there(rt, place::device, to, bytes)) {
                      rt.fail({cudaErrorIllegalAddress,
                               "a memset reached memory that was freed before its turn"});
                      return;
                    }
                    rt.memory.open(simt::device_memory::every_device);
                    std::memset(to, value, bytes);
                    rt.memory.close();
                  }});
  return cudaSuccess;
}

}  // namespace

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  return entry_point(
      [&](runtime& rt) { return copy(rt, to, from, bytes, kind, cudaStreamLegacy, true); });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return entry_point([&](runtime& rt) { return copy(rt, to, from, bytes, kind, stream, false); });
}

cudaError_t cudaMemset(void* to, int value, std::size_t bytes) {
  return entry_point([&](runtime& rt) { return fill(rt, to, value, bytes, cudaStreamLegacy); });
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  return entry_point([&](runtime& rt) { return fill(rt, to, value, bytes, stream); });
}
