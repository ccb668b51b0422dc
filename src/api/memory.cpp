// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../device/cpu/cpu_device.hpp"
#include "../device/temporary.hpp"
#include "../plan/output.hpp"
#include "../plan/overlap.hpp"
#include "call.hpp"

using namespace bitwhere;

namespace {

using device::temporary;
using plan::contiguous;
using plan::packed_like;

size_t bytes_of(const plan::tensor& t) {
  return static_cast<size_t>(t.elements * plan::bytes_of(t.type));
}

// Strided tensors are packed on their own side, so that what crosses is one run of bytes.
void copy_across(device::device& on, device::device& host, const plan::tensor& from,
                 const plan::tensor& out) {
  const auto side = [&](const plan::tensor& t) -> device::device& {
    return plan::reachable(on.placement(), t.device) ? on : host;
  };
  const temporary from_room(side(from), contiguous(from) ? 0 : bytes_of(from));
  const temporary out_room(side(out), contiguous(out) ? 0 : bytes_of(out));
  plan::tensor source = from;
  if (!contiguous(from)) {
    source = packed_like(from, from_room.bytes(), from.device);
    side(from).where(plan::plan_copy(from, source), "copy");
  }
  const plan::tensor target =
      contiguous(out) ? out : packed_like(out, out_room.bytes(), out.device);
  on.copy_bytes(target.data, target.device, source.data, source.device, bytes_of(out));
  if (!contiguous(out)) side(out).where(plan::plan_copy(target, out), "copy");
}

void copy(device::device& on, const plan::tensor& from, const plan::tensor& out) {
  const bool from_here = plan::reachable(on.placement(), from.device);
  const bool out_here = plan::reachable(on.placement(), out.device);
  if (from_here && out_here) {
    on.where(plan::plan_copy(from, out), "copy");
    return;
  }
  const auto host = device::make_cpu_device("", 1, {});
  for (const plan::tensor* t : {&from, &out}) {
    if (!plan::reachable(host->placement(), t->device)) plan::require_reachable(on.placement(), *t);
  }
  copy_across(on, *host, from, out);
}

}  // namespace

bw_status bw_allocate(bw_context* context, size_t bytes, void** pointer) {
  return api::call_with(context, [&](device::device& on) {
    if (pointer == nullptr) throw failure(BW_INVALID_ARGUMENT, "pointer: is NULL");
    *pointer = nullptr;
    *pointer = on.allocate(bytes);
  });
}

bw_status bw_free(bw_context* context, void* pointer, size_t bytes) {
  return api::call_with(context, [&](device::device& on) { on.deallocate(pointer, bytes); });
}

bw_status bw_copy(bw_context* context, const bw_tensor* from, const bw_tensor* out) {
  return api::call_with(context, [&](device::device& on) {
    const plan::tensor source = plan::checked(from, "from");
    const plan::tensor target = plan::checked(out, "out");
    if (source.type != target.type) {
      throw failure(BW_INVALID_DTYPE, std::string("out: must be ") + plan::name_of(source.type) +
                                          ", is " + plan::name_of(target.type));
    }
    if (!(source.shape == target.shape)) {
      throw failure(BW_INVALID_SHAPE, "out: must have shape " + plan::describe(source.shape) +
                                          ", has " + plan::describe(target.shape));
    }
    plan::require_distinct_elements(target);
    plan::require_aligned_or_apart(target, source, target.shape);
    if (target.elements != 0) copy(on, source, target);
  });
}
