// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "output_place.hpp"

#include "atomic_file.hpp"
#include "failure.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace bitwhere::tool {

namespace fs = std::filesystem;

void require_writable_place(const std::string& option, const std::string& file) {
  if (file.empty() || file == "-") return;
  const fs::path place(file);
  std::error_code failed;
  if (fs::is_directory(place, failed)) {
    throw usage_error(fmt::format("{} {}: is a folder", option, file));
  }
  const fs::path folder = place.has_parent_path() ? place.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, failed)) {
    throw usage_error(fmt::format("{} {}: there is no folder {}", option, file, folder.string()));
  }
  const bool replaced = !fs::exists(place, failed) || fs::is_regular_file(place, failed);
  // A file is replaced by one that is made beside it; a pipe or a terminal is written to.
  if ((replaced && ::access(folder.c_str(), W_OK) != 0) ||
      (fs::exists(place, failed) && !fs::is_symlink(place, failed) &&
       ::access(place.c_str(), W_OK) != 0)) {
    throw usage_error(
        fmt::format("{} {}: {}", option, file, std::generic_category().message(errno)));
  }
}

void require_not_read(const std::string& option, const fs::path& file,
                      const std::vector<fs::path>& read) {
  std::error_code failed;
  if (!fs::is_regular_file(file, failed)) return;
  for (const fs::path& input : read) {
    if (fs::equivalent(file, input, failed)) {
      throw usage_error(fmt::format("{} {}: would overwrite {}, which is read", option,
                                    file.string(), input.string()));
    }
  }
}

void require_output_folder(const std::string& option, const fs::path& folder) {
  std::error_code failed;
  if (fs::exists(folder, failed) && !fs::is_directory(folder, failed)) {
    throw usage_error(fmt::format("{} {}: is no folder", option, folder.string()));
  }
  fs::create_directories(folder, failed);
  if (failed || ::access(folder.c_str(), W_OK | X_OK) != 0) {
    const std::string why = failed ? failed.message() : std::generic_category().message(errno);
    throw usage_error(fmt::format("{} {}: {}", option, folder.string(), why));
  }
}

void write_output(const fs::path& file, std::string_view text) {
  try {
    write_file_atomically(file, text);
  } catch (const file_error& e) {
    throw std::runtime_error(fmt::format("{}: {}", file.string(), e.what()));
  }
}

}  // namespace bitwhere::tool
