// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/bitwhere.h>

#include <stdexcept>
#include <string>

namespace bitwhere {

/// The codes of bw_status; their meaning stands there.
enum class errc : int {
  invalid_argument = BW_INVALID_ARGUMENT,
  invalid_dtype = BW_INVALID_DTYPE,
  invalid_shape = BW_INVALID_SHAPE,
  invalid_device = BW_INVALID_DEVICE,
  overlap = BW_OVERLAP,
  read_only = BW_READ_ONLY,
  out_of_range = BW_OUT_OF_RANGE,
  unavailable = BW_UNAVAILABLE,
  out_of_memory = BW_OUT_OF_MEMORY,
  cuda_error = BW_CUDA_ERROR,
  data_error = BW_DATA_ERROR,
  internal = BW_INTERNAL
};

/// The one exception of this layer. The code is API, the text is not.
class error : public std::runtime_error {
 public:
  error(errc code, const std::string& text) : std::runtime_error(text), code_(code) {}
  [[nodiscard]] errc code() const noexcept { return code_; }

 private:
  errc code_;
};

namespace detail {

/// Throws the error that `status` stands for; `context` (or NULL) holds its text.
inline void check(bw_status status, const bw_context* context) {
  if (status != BW_OK) throw error(static_cast<errc>(status), bw_message(context));
}

}  // namespace detail
}  // namespace bitwhere
