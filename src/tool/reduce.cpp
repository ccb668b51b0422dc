// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "reduce.hpp"

#include "failure.hpp"
#include "folder.hpp"
#include "json_lines.hpp"
#include "npy_tensor.hpp"
#include "output_place.hpp"
#include "parity/row.hpp"
#include "partial_file.hpp"
#include "printable.hpp"
#include "reduced.hpp"
#include "tensor_file.hpp"

#include <fmt/format.h>

#include <new>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace bitwhere::tool {

namespace {

/// What a run found.
struct outcome {
  dtype of;  ///< what was reduced
  std::vector<reduced> results = {};
  std::optional<tensor> words = {};  ///< of partials, in host memory; where they are asked for
};

/// A problem with one of several files.
class named_file_error : public file_error {
 public:
  named_file_error(std::filesystem::path file, const char* why)
      : file_error(why), file_(std::move(file)) {}
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
};

tensor to_host(tensor from) {
  return from.on().is_cpu() ? std::move(from) : to(context("cpu"), from);
}

bool rounds(reducer by, dtype of) {
  const bool of_floats = of.code == BW_FLOAT || of.code == BW_BFLOAT;
  return by == reducer::mean || (by == reducer::sum && of_floats);
}

/// The options that one of several reducers has.
reduce_options options_of(const reduce_command& command, reducer by, dtype of) {
  reduce_options out = command.how;
  if (!rounds(by, of)) out.type.reset();
  if (by != reducer::argmin && by != reducer::argmax) out.first_index = 0;
  return out;
}

void require_use_of_type(const reduce_command& command, dtype of) {
  if (!command.how.type) return;
  for (const reducer by : command.by) {
    if (rounds(by, of)) return;
  }
  throw usage_error(fmt::format(
      "--dtype {}: only means and sums of floats round to a chosen type; this is {} of {}",
      name_of(*command.how.type), name_of(command.by.front()), name_of(of)));
}

void finish_all(const context& on, const reduce_command& command, const partial& all,
                outcome& found) {
  data_report report(on);
  for (const reducer by : command.by) {
    const partial one(on, by, found.of, all.words(), options_of(command, by, found.of));
    tensor values = one.finish(report.c());
    found.results.push_back({by, to_host(std::move(values)), report.count()});
  }
  if (!command.partial.empty()) found.words.emplace(to(context("cpu"), all.words()));
}

outcome reduce_elements(const context& on, const reduce_command& command) {
  const file_tensor stored = read_tensor(command.file);
  if (stored.type.code == BW_COMPLEX) {
    throw file_error(
        fmt::format("holds {}, and complex numbers are not reduced", name_of(stored.type)));
  }
  require_use_of_type(command, stored.type);
  std::optional<tensor> moved;
  if (!on.is_cpu()) moved.emplace(to(on, stored.view()));
  const tensor_view x = moved ? static_cast<const tensor_view&>(*moved) : stored.view();
  reduce_command given = command;
  if (command.where) given.how.where = command.where->over(x);
  outcome found{stored.type};
  if (!command.partial.empty()) {
    const reducer by = command.by.front();
    const partial all(on, by, x, options_of(given, by, found.of));
    finish_all(on, command, all, found);
    return found;
  }
  data_report report(on);
  for (const reducer by : command.by) {
    tensor values = reduce(on, by, x, options_of(given, by, found.of), report.c());
    found.results.push_back({by, to_host(std::move(values)), report.count()});
  }
  return found;
}

outcome merge_files(const context& on, const reduce_command& command) {
  outcome found{*command.of};
  require_use_of_type(command, found.of);
  const reducer by = command.by.front();
  std::optional<partial> all;
  for (const std::filesystem::path& file : command.merged) {
    try {
      const partial next(on, by, found.of, read_partials(file, by, found.of).view());
      if (!all) {
        all.emplace(on, by, found.of, next.words());
        continue;
      }
      all->merge(next);
    } catch (const file_error& e) {
      throw named_file_error(file, e.what());
    } catch (const error& e) {
      if (e.code() != errc::invalid_shape) throw;
      throw named_file_error(file, "its shape is not that of the partials before it");
    }
  }
  if (all->broken().count != 0) {
    throw named_file_error(command.merged.back(),
                           "with the files before it, counts more elements than 64 bits hold");
  }
  finish_all(on, command, *all, found);
  return found;
}

/// Before anything is written or printed.
void require_place_for(const reduce_command& command, const outcome& found) {
  for (const reduced& one : found.results) {
    if (!command.out.empty() && one.values.type() == bf16) {
      throw usage_error(fmt::format("--out {}: a .npy holds no bf16", command.out.string()));
    }
    if (command.out.empty() && one.values.size() > printed_values) {
      throw usage_error(fmt::format("{} has {} values, and up to {} are printed; --out writes more",
                                    name_of(one.by), one.values.size(), printed_values));
    }
  }
}

std::string json_of(const reduce_command& command, const outcome& found) {
  nlohmann::ordered_json out;
  if (command.merged.empty()) {
    out["file"] = command.file.string();
  } else {
    for (const std::filesystem::path& file : command.merged) out["merged"].push_back(file.string());
  }
  out["dtype"] = name_of(found.of);
  for (const reduced& one : found.results) out["results"].push_back(reduced_json(one));
  return json_lines(out);
}

void report(const reduce_command& command, const outcome& found, const streams& to) {
  if (command.json) {
    to.out << json_of(command, found);
  } else {
    for (const reduced& one : found.results) to.out << reduced_lines(one);
  }
  // First, so that a full disk leaves at least this.
  to.out << std::flush;
  if (!command.out.empty()) write_output(command.out, npy_of(found.results.front().values));
  if (!command.partial.empty()) write_output(command.partial, npy_of(*found.words));
}

void require_files(const reduce_command& command) {
  std::vector<std::filesystem::path> read = command.merged;
  if (read.empty()) read.push_back(command.file);
  for (const std::filesystem::path& file : read) {
    const char* const option = command.merged.empty() ? "FILE" : "--merge";
    if (is_folder(option, file)) {
      throw usage_error(fmt::format("{} {}: is a folder", option, file.string()));
    }
  }
  require_writable_place("--out", command.out.string());
  require_writable_place("--partial", command.partial.string());
  require_not_read("--out", command.out, read);
  require_not_read("--partial", command.partial, read);
}

/// What the library says of dimensions that there are not, and of positions beyond 64 bits.
std::string as_option(std::string_view text) {
  constexpr std::string_view over = "over: ";
  return text.starts_with(over) ? fmt::format("--dims: {}", text.substr(over.size()))
                                : std::string(text);
}

}  // namespace

int run_reduce(const reduce_command& command, const streams& to) {
  const context on({.device = command.device, .threads = command.threads});
  require_files(command);
  const auto unreadable = [&](const std::filesystem::path& file, const char* why) {
    to.err << fmt::format("problem: {}: {}\n", printable(file.string()), printable(why));
    return exit_problems;
  };
  const std::filesystem::path& first =
      command.merged.empty() ? command.file : command.merged.front();
  outcome found{};
  try {
    found = command.merged.empty() ? reduce_elements(on, command) : merge_files(on, command);
  } catch (const named_file_error& e) {
    return unreadable(e.file(), e.what());
  } catch (const file_error& e) {
    return unreadable(first, e.what());
  } catch (const std::bad_alloc&) {
    return unreadable(first, "needs more memory than there is");
  } catch (const error& e) {
    if (e.code() == errc::out_of_memory) return unreadable(first, e.what());
    if (e.code() != errc::invalid_argument && e.code() != errc::invalid_shape) throw;
    throw usage_error(as_option(e.what()));
  }
  require_place_for(command, found);
  report(command, found, to);
  return exit_ok;
}

}  // namespace bitwhere::tool
