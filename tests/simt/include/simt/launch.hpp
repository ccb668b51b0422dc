// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "simt/runtime_types.hpp"

namespace simt::detail {

/// A launch with its types erased. The arguments are copied at the call, as CUDA copies them.
struct kernel_call {
  const void* kernel = nullptr;  // identifies it for attributes and diagnoses
  void (*run_thread)(const void* arguments) = nullptr;
  std::shared_ptr<const void> arguments;
};

cudaError_t submit(const cudaLaunchConfig_t& config, kernel_call call);

/// CUDA passes a kernel's parameters as raw bytes in a buffer of this size.
inline constexpr std::size_t max_parameter_bytes = 32764;

template <class... Params>
struct bound_kernel {
  static_assert((std::is_trivially_copyable_v<Params> && ... && true),
                "kernel parameters are copied to the device byte by byte");
  static_assert((!std::is_reference_v<Params> && ... && true),
                "a kernel parameter cannot be a reference");
  static_assert((sizeof(Params) + ... + 0) <= max_parameter_bytes);

  void (*kernel)(Params...);
  std::tuple<std::remove_cv_t<Params>...> arguments;

  static void run_thread(const void* self) {
    const auto& bound = *static_cast<const bound_kernel*>(self);
    std::apply(bound.kernel, bound.arguments);
  }
};

template <class... Params, class... Args>
kernel_call bind(void (*kernel)(Params...), Args&&... args) {
  using bound = bound_kernel<Params...>;
  kernel_call call;
  call.kernel = reinterpret_cast<const void*>(kernel);
  call.run_thread = &bound::run_thread;
  call.arguments = std::shared_ptr<const bound>(
      new bound{kernel, {static_cast<std::remove_cv_t<Params>>(std::forward<Args>(args))...}});
  return call;
}

template <class... Params, std::size_t... I>
kernel_call bind_pointers(void (*kernel)(Params...), void** args, std::index_sequence<I...>) {
  return bind(kernel, *static_cast<std::remove_cv_t<Params>*>(args[I])...);
}

}  // namespace simt::detail

template <class... Params, class... Args>
requires(sizeof...(Params) == sizeof...(Args)) &&
    (std::convertible_to<Args, Params> && ...) cudaError_t
    cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Params...),
                       Args&&... args) {
  return simt::detail::submit(*config, simt::detail::bind(kernel, std::forward<Args>(args)...));
}

template <class... Params>
cudaError_t cudaLaunchKernel(void (*kernel)(Params...), dim3 grid, dim3 block, void** args,
                             std::size_t dynamic_bytes = 0, cudaStream_t stream = nullptr) {
  const cudaLaunchConfig_t config{grid, block, dynamic_bytes, stream, nullptr, 0};
  return simt::detail::submit(
      config, simt::detail::bind_pointers(kernel, args, std::index_sequence_for<Params...>{}));
}
