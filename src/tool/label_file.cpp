// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "label_file.hpp"

#include "failure.hpp"
#include "npy.hpp"
#include "png.hpp"

#include <algorithm>
#include <string>

namespace bitwhere::tool {

namespace {

std::string lower_extension(const std::filesystem::path& file) {
  std::string out = file.extension().string();
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

}  // namespace

bool is_label_file(const std::filesystem::path& file) {
  const std::string extension = lower_extension(file);
  return extension == ".png" || extension == ".npy";
}

bool is_npy_file(const std::filesystem::path& file) { return lower_extension(file) == ".npy"; }

label_map read_label_map(const std::filesystem::path& file) {
  const std::string extension = lower_extension(file);
  if (extension == ".png") return read_png(file);
  if (extension == ".npy") return read_npy(file);
  throw file_error("is neither .png nor .npy");
}

}  // namespace bitwhere::tool
