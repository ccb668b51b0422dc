// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.hpp>
#include <vector>

namespace bitwhere::test {

// The elements of a tensor in memory of `on`, brought to the host.
template <class T = float>
std::vector<T> values(const context& on, const tensor_view& from) {
  std::vector<T> host(static_cast<std::size_t>(from.size()));
  copy(on, from, tensor_view(host.data(), from.type(), from.shape()));
  return host;
}

template <class T = float>
std::vector<T> values(const tensor& from) {
  return values<T>(from.on(), from);
}

inline shape_t shape_of(const tensor_view& t) { return {t.shape().begin(), t.shape().end()}; }

}  // namespace bitwhere::test
