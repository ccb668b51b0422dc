// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bitwhere::tool {

/// Before hours of work, not after them: throws usage_error where `file`, the value of `option`,
/// is a folder, lies in none, or may not be written. Empty and "-" are fine.
void require_writable_place(const std::string& option, const std::string& file);

/// Throws usage_error where `file`, the value of `option`, is one of those that are `read`, by
/// whatever name. What is no regular file cannot be overwritten and is fine.
void require_not_read(const std::string& option, const std::filesystem::path& file,
                      const std::vector<std::filesystem::path>& read);

/// Makes `folder`, the value of `option`, unless it is there. Throws usage_error where that fails,
/// or where files may not be written to it.
void require_output_folder(const std::string& option, const std::filesystem::path& folder);

/// Writes a file in one step. Throws std::runtime_error, which names it.
void write_output(const std::filesystem::path& file, std::string_view text);

}  // namespace bitwhere::tool
