// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "file_tensor.hpp"

#include <bitwhere/reduce.hpp>

#include <filesystem>

namespace bitwhere::tool {

/// Reads the words of partials that `by` made of elements of type `of`, as bw_reduce_partial stores
/// them, and rejects those of anything else. Throws file_error.
file_tensor read_partials(const std::filesystem::path& file, reducer by, dtype of);

}  // namespace bitwhere::tool
