// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "nonzero.hpp"

#include "failure.hpp"
#include "file_extension.hpp"
#include "folder.hpp"
#include "npy_tensor.hpp"
#include "output_place.hpp"
#include "parity/element_text.hpp"
#include "printable.hpp"
#include "tensor_file.hpp"

#include <bitwhere/count.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <new>
#include <utility>

namespace bitwhere::tool {

namespace {

/// What was found.
struct outcome {
  std::int64_t elements = 0;
  std::int64_t count = 0;
  std::optional<tensor> hits = {};  ///< in host memory; none where they were only counted
};

tensor select(const context& on, const nonzero_command& command, const tensor_view& x,
              const condition& chosen) {
  tensor hits = command.values ? masked_select(on, x, chosen) : nonzero(on, chosen, command.how);
  return on.is_cpu() ? std::move(hits) : to(context("cpu"), hits);
}

outcome search(const context& on, const nonzero_command& command) {
  const file_tensor stored = read_tensor(command.file);
  std::optional<tensor> moved;
  if (!on.is_cpu()) moved.emplace(to(on, stored.view()));
  const tensor_view x = moved ? static_cast<const tensor_view&>(*moved) : stored.view();
  const condition chosen = command.where ? command.where->over(x) : nonzero(x);
  if (!command.text && command.out.empty()) {
    return {x.size(), count_nonzero(on, chosen).item<std::int64_t>()};
  }
  outcome out{x.size(), 0, select(on, command, x, chosen)};
  const bool by_columns = !command.values && command.how.form == index_form::columns;
  out.count = out.hits->shape()[by_columns ? 1 : 0];
  return out;
}

/// A line a row of a tensor of rank 1 or 2 in host memory.
std::string lines_of(const tensor_view& from) {
  const std::int64_t rows = from.shape()[0];
  const std::int64_t columns = from.rank() == 1 ? 1 : from.shape()[1];
  const auto* element = static_cast<const std::byte*>(from.data());
  std::string out;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j, element += from.type().bytes()) {
      if (j != 0) out += ' ';
      out += value_text(from.type(), element);
    }
    out += '\n';
  }
  return out;
}

void report(const nonzero_command& command, const outcome& found, const streams& to) {
  std::string lines;
  const bool writes_lines = lower_extension(command.out) == ".txt";
  if (command.text || writes_lines) lines = lines_of(*found.hits);
  if (command.text) {
    to.out << lines;
  } else {
    to.out << fmt::format("{} of {}\n", found.count, found.elements);
  }
  // First, so that a full disk leaves at least this.
  to.out << std::flush;
  if (command.out.empty()) return;
  write_output(command.out, writes_lines ? lines : npy_of(*found.hits));
}

}  // namespace

int run_nonzero(const nonzero_command& command, const streams& to) {
  const context on({.device = command.device, .threads = command.threads});
  if (is_folder("FILE", command.file)) {
    throw usage_error(fmt::format("FILE {}: is a folder", command.file.string()));
  }
  require_writable_place("--out", command.out.string());
  require_not_read("--out", command.out, {command.file});
  const auto unreadable = [&](const char* why) {
    to.err << fmt::format("problem: {}: {}\n", printable(command.file.string()), printable(why));
    return exit_problems;
  };
  outcome found;
  try {
    found = search(on, command);
  } catch (const file_error& e) {
    return unreadable(e.what());
  } catch (const std::bad_alloc&) {
    return unreadable("needs more memory than there is");
  } catch (const error& e) {
    if (e.code() == errc::out_of_memory) return unreadable(e.what());
    if (e.code() != errc::out_of_range) throw;
    throw usage_error(fmt::format("--index i32: {}", e.what()));
  }
  report(command, found, to);
  return exit_ok;
}

}  // namespace bitwhere::tool
