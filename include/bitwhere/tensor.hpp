// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/context.hpp>
#include <bitwhere/dtype.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace bitwhere {

using shape_t = std::vector<std::int64_t>;

/// A borrowed tensor: the data is the caller's, shape and strides are its own, so that temporaries
/// are safe. Any strides, in elements; any alignment.
class tensor_view {
 public:
  tensor_view() = default;

  /// `strides` empty: row-major contiguous.
  tensor_view(void* data, dtype type, std::span<const std::int64_t> shape,
              std::span<const std::int64_t> strides = {}, bw_device device = {BW_CPU, 0},
              std::uint64_t byte_offset = 0, bool read_only = false)
      : data_(data),
        type_(type),
        device_(device),
        ndim_(static_cast<std::int32_t>(shape.size())),
        byte_offset_(byte_offset),
        read_only_(read_only) {
    if (shape.size() > BW_MAX_RANK || (!strides.empty() && strides.size() != shape.size())) {
      throw error(errc::invalid_shape,
                  "a view has at most 16 dimensions and as many strides as sizes");
    }
    std::int64_t step = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
      shape_[i] = shape[i];
      strides_[i] = strides.empty() ? step : strides[i];
      // A negative or overflowing size is reported by the call that gets the view.
      if (__builtin_mul_overflow(step, shape[i] > 1 ? shape[i] : 1, &step)) step = 0;
    }
  }

  [[nodiscard]] void* data() const { return static_cast<std::byte*>(data_) + byte_offset_; }
  [[nodiscard]] dtype type() const { return type_; }
  [[nodiscard]] bw_device device() const { return device_; }
  [[nodiscard]] bool read_only() const { return read_only_; }
  [[nodiscard]] std::size_t rank() const { return static_cast<std::size_t>(ndim_); }
  [[nodiscard]] std::span<const std::int64_t> shape() const { return {shape_.data(), rank()}; }
  [[nodiscard]] std::span<const std::int64_t> strides() const { return {strides_.data(), rank()}; }

  /// The number of elements.
  [[nodiscard]] std::int64_t size() const {
    std::int64_t n = 1;
    for (const std::int64_t s : shape()) n *= s;
    return n;
  }

  [[nodiscard]] bool contiguous() const {
    std::int64_t step = 1;
    for (std::size_t i = rank(); i-- > 0;) {
      if (shape_[i] == 0) return true;
      if (shape_[i] != 1 && strides_[i] != step) return false;
      step *= shape_[i];
    }
    return true;
  }

  /// The same elements with another order of dimensions.
  [[nodiscard]] tensor_view permute(std::initializer_list<std::size_t> order) const {
    if (order.size() != rank()) throw error(errc::invalid_shape, "permute: wrong rank");
    tensor_view out = *this;
    std::size_t to = 0;
    for (const std::size_t from : order) {
      out.shape_.at(to) = shape_.at(from);
      out.strides_.at(to++) = strides_.at(from);
    }
    return out;
  }

  /// The elements as a span; only of contiguous tensors in host memory.
  template <class T>
  [[nodiscard]] std::span<T> span() const {
    require_host("span");
    if (!(dtype_of<T>() == type_)) throw error(errc::invalid_dtype, "span: not the tensor's dtype");
    if (!contiguous()) throw error(errc::invalid_shape, "span: the tensor is not contiguous");
    if (read_only_ && !std::is_const_v<T>) throw error(errc::read_only, "span: read-only tensor");
    return {static_cast<T*>(data()), static_cast<std::size_t>(size())};
  }

  /// The C struct; valid as long as this view.
  [[nodiscard]] bw_tensor c() const {
    return {data_,
            device_,
            ndim_,
            type_,
            const_cast<std::int64_t*>(shape_.data()),
            const_cast<std::int64_t*>(strides_.data()),
            byte_offset_};
  }

  /// The C struct of an output; throws for a read-only view, before anything is touched.
  [[nodiscard]] bw_tensor c_output(const char* name) const {
    if (read_only_) throw error(errc::read_only, std::string(name) + ": the tensor is read-only");
    return c();
  }

 protected:
  void require_host(const char* what) const {
    if (device_.type == BW_CUDA) {
      throw error(errc::invalid_device, std::string(what) + ": the tensor is not in host memory");
    }
  }

  void* data_ = nullptr;
  dtype type_ = f32;
  bw_device device_ = {BW_CPU, 0};
  std::int32_t ndim_ = 0;
  std::uint64_t byte_offset_ = 0;
  bool read_only_ = false;
  std::array<std::int64_t, BW_MAX_RANK> shape_ = {};
  std::array<std::int64_t, BW_MAX_RANK> strides_ = {};
};

/// Views `pointer` as `shape` with `strides` (in elements; empty: row-major). A pointer to const
/// gives a read-only view.
template <class T>
tensor_view view(T* pointer, const shape_t& shape, const shape_t& strides = {}) {
  return tensor_view(const_cast<std::remove_const_t<T>*>(pointer), dtype_of<T>(), shape, strides,
                     {BW_CPU, 0}, 0, std::is_const_v<T>);
}

/// Views memory of any dtype, e.g. f16 held as uint16_t, on any device.
inline tensor_view view(void* pointer, dtype type, const shape_t& shape,
                        const shape_t& strides = {}, bw_device device = {BW_CPU, 0}) {
  return tensor_view(pointer, type, shape, strides, device);
}

/// Views a contiguous range (vector, array, span) as a vector.
template <std::ranges::contiguous_range R>
tensor_view view(R&& range) {
  return view(std::ranges::data(range), {static_cast<std::int64_t>(std::ranges::size(range))});
}

/// Views a contiguous range as `shape`; the sizes must agree unless strides are given.
template <std::ranges::contiguous_range R>
tensor_view view(R&& range, const shape_t& shape, const shape_t& strides = {}) {
  tensor_view out = view(std::ranges::data(range), shape, strides);
  if (strides.empty() && out.size() != static_cast<std::int64_t>(std::ranges::size(range))) {
    throw error(errc::invalid_shape, "view: the range has " +
                                         std::to_string(std::ranges::size(range)) +
                                         " elements, the shape has " + std::to_string(out.size()));
  }
  return out;
}

/// A tensor that owns its memory, row-major contiguous, on the device of its context. It keeps the
/// context alive and frees in stream order. Movable, not copyable: use `copy`.
class tensor : public tensor_view {
 public:
  tensor(const context& on, std::span<const std::int64_t> shape, dtype type)
      : tensor_view(nullptr, type, shape, {}, on.memory()), context_(on) {
    bytes_ = static_cast<std::size_t>(checked_size(shape)) * static_cast<std::size_t>(type.bytes());
    context_.check(bw_allocate(context_.get(), bytes_, &data_));
  }

  /// Takes over `bytes` at `data`, which bw_allocate or an allocating call of this context gave.
  tensor(const context& on, std::span<const std::int64_t> shape, dtype type, void* data,
         std::size_t bytes)
      : tensor_view(data, type, shape, {}, on.memory()), context_(on), bytes_(bytes) {}

  tensor(tensor&& other) noexcept
      : tensor_view(other), context_(other.context_), bytes_(other.bytes_) {
    other.data_ = nullptr;
  }
  tensor& operator=(tensor&& other) noexcept {
    tensor taken(std::move(other));
    std::swap(static_cast<tensor_view&>(*this), static_cast<tensor_view&>(taken));
    std::swap(context_, taken.context_);
    std::swap(bytes_, taken.bytes_);
    return *this;
  }
  ~tensor() {
    if (data_ != nullptr) bw_free(context_.get(), data_, bytes_);
  }

  [[nodiscard]] const bitwhere::context& on() const { return context_; }

  /// The single element of a tensor of one element, brought to the host: the one hidden sync.
  template <class T>
  [[nodiscard]] T item() const;

 private:
  static std::int64_t checked_size(std::span<const std::int64_t> shape) {
    std::int64_t n = 1;
    for (const std::int64_t s : shape) {
      if (s < 0 || __builtin_mul_overflow(n, s, &n) || n > (std::int64_t{1} << 58)) {
        throw error(errc::invalid_shape, "a tensor's sizes are negative or too large");
      }
    }
    return n;
  }

  context context_;
  std::size_t bytes_ = 0;
};

/// An uninitialised tensor on the context's device.
inline tensor empty(const context& on, const shape_t& shape, dtype type) {
  return tensor(on, shape, type);
}

/// out[i] = from[i]; see bw_copy.
inline void copy(const context& on, const tensor_view& from, const tensor_view& out) {
  const bw_tensor c_from = from.c();
  const bw_tensor c_out = out.c_output("out");
  on.check(bw_copy(on.get(), &c_from, &c_out));
}

/// A contiguous copy of `from` on the device of `on`. `from` lies there or in host memory.
inline tensor to(const context& on, const tensor_view& from) {
  tensor out(on, from.shape(), from.type());
  copy(on, from, out);
  return out;
}

/// A contiguous copy of `from` on the device of `on`; either may be cpu or cuda. Streams of
/// different contexts are not ordered, so a tensor of another cuda context is waited for first;
/// between two GPUs the copy goes through the host.
inline tensor to(const context& on, const tensor& from) {
  const bool from_host = from.device().type != BW_CUDA;
  if (!from_host && from.on().get() != on.get()) from.on().synchronize();
  if (!from_host && !on.is_cpu() && from.device().index != on.memory().index) {
    return to(on, to(context("cpu"), from));
  }
  tensor out(on, from.shape(), from.type());
  copy(on.is_cpu() ? from.on() : on, from, out);
  return out;
}

template <class T>
T tensor::item() const {
  if (size() != 1) throw error(errc::invalid_shape, "item: the tensor has not one element");
  if (!(dtype_of<T>() == type_)) throw error(errc::invalid_dtype, "item: not the tensor's dtype");
  T value{};
  copy(context_, *this, tensor_view(&value, type_, shape()));
  return value;
}

}  // namespace bitwhere
