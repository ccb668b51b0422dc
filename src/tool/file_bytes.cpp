// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "file_bytes.hpp"

#include "failure.hpp"

#include <fstream>
#include <system_error>

namespace bitwhere::tool {

namespace fs = std::filesystem;

std::vector<std::byte> read_file(const fs::path& file) {
  std::error_code failed;
  // A pipe or a device would block or never end.
  if (!fs::is_regular_file(file, failed)) throw file_error("is not a regular file");
  const std::uintmax_t size = fs::file_size(file, failed);
  std::ifstream in(file, std::ios::binary);
  if (failed || !in) throw file_error("cannot be opened");
  std::vector<std::byte> bytes(size);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (in.gcount() != static_cast<std::streamsize>(size)) throw file_error("cannot be read");
  return bytes;
}

}  // namespace bitwhere::tool
