// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "survey.hpp"

#include "digest.hpp"
#include "element_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace bitwhere::tool {

namespace {

std::string type_of(const output& out) {
  return fmt::format("{} {}", name_of(out.type), name_of(out.shape));
}

shape_t index_of(std::int64_t element, const shape_t& shape) {
  shape_t index(shape.size(), 0);
  for (std::size_t d = shape.size(); d-- > 0;) {
    index[d] = element % shape[d];
    element /= shape[d];
  }
  return index;
}

/// Fills in how many elements differ, and the first of them.
void compare_elements(const output& reference, const output& other, difference& found) {
  const auto size = static_cast<std::size_t>(reference.type.bytes());
  found.elements = static_cast<std::int64_t>(reference.bytes.size() / size);
  for (std::size_t at = 0; at < reference.bytes.size(); at += size) {
    const std::byte* const a = reference.bytes.data() + at;
    const std::byte* const b = other.bytes.data() + at;
    if (std::memcmp(a, b, size) == 0) continue;
    if (found.differing++ != 0) continue;
    found.first = index_of(static_cast<std::int64_t>(at / size), reference.shape);
    found.reference_bits = bits_text(reference.type, a);
    found.backend_bits = bits_text(reference.type, b);
    found.reference_value = value_text(reference.type, a);
    found.backend_value = value_text(reference.type, b);
  }
}

}  // namespace

std::string digest_of(const std::vector<output>& outputs) {
  digest all;
  for (const output& out : outputs) {
    all.add(fmt::format("{} {}\n", out.name, type_of(out)));
    all.add(out.bytes);
  }
  return all.text();
}

std::optional<difference> find_difference(const std::vector<output>& reference,
                                          const std::vector<output>& other) {
  for (std::size_t i = 0; i < std::max(reference.size(), other.size()); ++i) {
    difference found;
    found.output = (i < reference.size() ? reference : other)[i].name;
    found.reference_type = i < reference.size() ? type_of(reference[i]) : "nothing";
    found.backend_type = i < other.size() ? type_of(other[i]) : "nothing";
    if (found.reference_type != found.backend_type) return found;
    if (reference[i].bytes == other[i].bytes) continue;
    compare_elements(reference[i], other[i], found);
    return found;
  }
  return std::nullopt;
}

survey run_rows(const std::vector<const row*>& rows, const runner_list& on, progress& bar) {
  const auto start = std::chrono::steady_clock::now();
  survey out;
  for (const auto& r : on) out.backends.push_back({r->describes(), {}, 0});
  for (const row* which : rows) {
    const experiment what = which->prepare(inputs(which->name));
    row_result result{which->name, {}, 0};
    std::vector<output> reference;
    std::string reference_name;
    for (std::size_t i = 0; i < on.size(); ++i) {
      observation seen = on[i]->run(*which, what);
      backend_result& total = out.backends[i];
      for (const auto& [path, count] : seen.paths) total.paths[path] += count;
      total.most_threads = std::max(total.most_threads, seen.most_threads);
      const std::string name = total.is.name();
      if (!seen.fault.empty()) {
        out.faults.push_back({which->name, name, seen.fault});
      } else if (result.digest.empty()) {
        result.digest = digest_of(seen.outputs);
        result.agree = 1;
        reference = std::move(seen.outputs);
        reference_name = name;
      } else if (auto found = find_difference(reference, seen.outputs)) {
        found->row = which->name;
        found->reference = reference_name;
        found->backend = name;
        out.differences.push_back(*std::move(found));
      } else {
        ++result.agree;
      }
    }
    out.rows.push_back(std::move(result));
    bar.advance();
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

}  // namespace bitwhere::tool
