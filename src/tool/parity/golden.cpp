// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "golden.hpp"

#include "../failure.hpp"
#include "../file_bytes.hpp"

#include <bitwhere/bitwhere.h>
#include <fmt/format.h>

#include <charconv>
#include <set>
#include <sstream>

namespace bitwhere::tool {

namespace {

constexpr std::string_view heading = "bits_version ";

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw usage_error(fmt::format("--golden {}: {}", file.string(), why));
}

std::string read_text(const std::filesystem::path& file) {
  try {
    const std::vector<std::byte> bytes = read_file(file);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  } catch (const file_error& e) {
    refuse(file, e.what());
  }
}

}  // namespace

golden read_golden(const std::filesystem::path& file) {
  std::istringstream lines(read_text(file));
  golden out;
  std::string line;
  std::getline(lines, line);
  const char* const end = line.data() + line.size();
  if (!line.starts_with(heading) ||
      std::from_chars(line.data() + heading.size(), end, out.bits_version).ptr != end) {
    refuse(file, fmt::format("does not begin with \"{}N\"", heading));
  }
  constexpr std::size_t digits = 32;
  for (int number = 2; std::getline(lines, line); ++number) {
    const std::size_t space = line.find(' ');
    if (space != digits || line.find_first_not_of("0123456789abcdef") != digits ||
        line.size() == digits + 1) {
      refuse(file, fmt::format("line {} is not \"digest name\"", number));
    }
    if (!out.digests.emplace(line.substr(digits + 1), line.substr(0, digits)).second) {
      refuse(file, fmt::format("line {} names a row again", number));
    }
  }
  return out;
}

std::string golden_text(const survey& from) {
  std::map<std::string, std::string> sorted;
  for (const row_result& row : from.rows) sorted[row.name] = row.digest;
  std::string out = fmt::format("{}{}\n", heading, bw_bits_version());
  for (const auto& [name, digest] : sorted) out += fmt::format("{} {}\n", digest, name);
  return out;
}

std::vector<golden_problem> compare_golden(const golden& with, const survey& seen,
                                           const std::vector<row>& whole) {
  if (with.bits_version != bw_bits_version()) {
    return {{"", fmt::format("is of bits version {}, and this library of {}: not compared",
                             with.bits_version, bw_bits_version())}};
  }
  std::vector<golden_problem> out;
  for (const row_result& row : seen.rows) {
    const auto expected = with.digests.find(row.name);
    if (expected == with.digests.end()) {
      out.push_back({row.name, "is not in the file"});
    } else if (!row.digest.empty() && row.digest != expected->second) {
      out.push_back(
          {row.name, fmt::format("is {} in the file, {} here", expected->second, row.digest)});
    }
  }
  std::set<std::string_view> known;
  for (const row& r : whole) known.insert(r.name);
  for (const auto& [name, digest] : with.digests) {
    if (!known.contains(name)) out.push_back({name, "is in the file, but no row of this program"});
  }
  return out;
}

}  // namespace bitwhere::tool
