// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "file_bytes.hpp"

#include "failure.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <system_error>

namespace bitwhere::tool {

namespace fs = std::filesystem;

namespace {

void write_stream(const fs::path& file, std::span<const std::byte> bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw std::runtime_error(fmt::format("{}: cannot be written", file.string()));
}

}  // namespace

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

void write_file(const fs::path& file, std::span<const std::byte> bytes) {
  const fs::file_status status = fs::status(file);
  if (fs::exists(status) && !fs::is_regular_file(status)) return write_stream(file, bytes);
  // Through a symbolic link the file it points to is replaced, not the link.
  const fs::path final_name = fs::exists(status) ? fs::canonical(file) : file;
  // Only names within one folder can be exchanged in one step.
  fs::path unfinished = final_name;
  unfinished += fmt::format(".{}.unfinished", ::getpid());
  std::error_code failed;
  try {
    write_stream(unfinished, bytes);
    fs::rename(unfinished, final_name);
  } catch (const std::exception&) {
    fs::remove(unfinished, failed);
    throw;
  }
}

void write_file(const fs::path& file, std::string_view text) {
  write_file(file, std::as_bytes(std::span(text)));
}

}  // namespace bitwhere::tool
