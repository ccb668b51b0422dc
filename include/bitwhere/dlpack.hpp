// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

/// DLPack in and out, where the user has <dlpack/dlpack.h> (any version from 0.6 on; the versioned
/// functions need 1.0).
///   Rules  the address is data + byte_offset and may have any alignment; strides may be NULL;
///          bool is code 6; a read-only import is refused as an output; a versioned tensor of an
///          unknown major version is given back untouched.
///   Sync   none: the caller orders streams, as DLPack asks of the consumer.

#include <dlpack/dlpack.h>
#include <bitwhere/tensor.hpp>

#include <cstring>
#include <memory>
#include <utility>

namespace bitwhere {

static_assert(sizeof(bw_tensor) == sizeof(DLTensor));

/// Borrows a DLTensor; shape and strides are copied.
inline tensor_view view(const DLTensor& t, bool read_only = false) {
  if (t.ndim < 0 || t.ndim > BW_MAX_RANK || (t.ndim > 0 && t.shape == nullptr)) {
    throw error(errc::invalid_shape, "dlpack: the tensor's rank or shape is invalid");
  }
  const auto rank = static_cast<std::size_t>(t.ndim);
  dtype type;
  type.code = static_cast<std::uint8_t>(t.dtype.code);
  type.bits = t.dtype.bits;
  type.lanes = t.dtype.lanes;
  bw_device device = {};
  std::memcpy(&device, &t.device, sizeof(device));
  const std::span<const std::int64_t> strides =
      t.strides == nullptr ? std::span<const std::int64_t>() : std::span(t.strides, rank);
  return tensor_view(t.data, type, std::span<const std::int64_t>(t.shape, rank), strides, device,
                     t.byte_offset, read_only);
}

/// A tensor taken over from a producer: its deleter runs when the last copy goes.
class imported_tensor : public tensor_view {
 public:
  imported_tensor(const tensor_view& borrowed, std::shared_ptr<void> owner)
      : tensor_view(borrowed), owner_(std::move(owner)) {}

 private:
  std::shared_ptr<void> owner_;
};

namespace detail {

template <class Managed>
std::shared_ptr<void> adopt(Managed* managed) {
  return std::shared_ptr<void>(managed, [](void* p) {
    auto* m = static_cast<Managed*>(p);
    if (m->deleter != nullptr) m->deleter(m);
  });
}

}  // namespace detail

/// Takes over an unversioned tensor; on an error it is released.
inline imported_tensor from_dlpack(DLManagedTensor* managed) {
  if (managed == nullptr) throw error(errc::invalid_argument, "dlpack: the tensor is NULL");
  std::shared_ptr<void> owner = detail::adopt(managed);
  return {view(managed->dl_tensor), std::move(owner)};
}

#if defined(DLPACK_MAJOR_VERSION) && DLPACK_MAJOR_VERSION >= 1

/// Takes over a versioned tensor; on an error it is released. A major version other than 1 may lay
/// out the rest differently, so nothing but the deleter is touched.
inline imported_tensor from_dlpack(DLManagedTensorVersioned* managed) {
  if (managed == nullptr) throw error(errc::invalid_argument, "dlpack: the tensor is NULL");
  std::shared_ptr<void> owner = detail::adopt(managed);
  if (managed->version.major != 1) {
    throw error(errc::unavailable, "dlpack: major version " +
                                       std::to_string(managed->version.major) +
                                       " is unknown, 1 is supported");
  }
  const bool read_only = (managed->flags & DLPACK_FLAG_BITMASK_READ_ONLY) != 0;
  return {view(managed->dl_tensor, read_only), std::move(owner)};
}

#endif

namespace detail {

// What an exported tensor keeps alive.
template <class Managed>
struct exported {
  tensor owner;
  bw_tensor c;
  Managed managed = {};

  explicit exported(tensor&& taken) : owner(std::move(taken)), c(owner.c()) {
    std::memcpy(&managed.dl_tensor, &c, sizeof(c));
    managed.manager_ctx = this;
    managed.deleter = [](Managed* self) { delete static_cast<exported*>(self->manager_ctx); };
  }
};

}  // namespace detail

/// Hands a tensor to a consumer, which calls the deleter.
inline DLManagedTensor* to_dlpack(tensor&& owned) {
  return &(new detail::exported<DLManagedTensor>(std::move(owned)))->managed;
}

#if defined(DLPACK_MAJOR_VERSION) && DLPACK_MAJOR_VERSION >= 1

inline DLManagedTensorVersioned* to_dlpack_versioned(tensor&& owned) {
  auto* out = new detail::exported<DLManagedTensorVersioned>(std::move(owned));
  out->managed.version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION};
  return &out->managed;
}

#endif

}  // namespace bitwhere
