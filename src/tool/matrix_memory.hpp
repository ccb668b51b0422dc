// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
#include <vector>

namespace bitwhere::tool {

/// The bytes that this machine can still give; the largest number where it does not say.
std::int64_t available_bytes();

/// How many workers, of at most `most`, count into confusion matrices of `classes` without taking
/// more memory than there is. Throws usage_error, which names the bytes that one needs, where not
/// even that fits.
std::int64_t workers_that_fit(std::int64_t classes, std::int64_t most, bool on_cpu,
                              std::int64_t available);

/// A matrix of zeros. Throws usage_error where there is no memory for it: a process may be given
/// less than what the system has.
std::vector<std::int64_t> empty_matrix(std::int64_t classes, bool on_cpu);

}  // namespace bitwhere::tool
