// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "colorize.hpp"

#include "atomic_file.hpp"
#include "file_extension.hpp"
#include "folder.hpp"
#include "interruption.hpp"
#include "label_file.hpp"
#include "output_place.hpp"
#include "picture_folder.hpp"
#include "printable.hpp"
#include "progress.hpp"

#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <optional>
#include <system_error>
#include <vector>

namespace bitwhere::tool {

namespace fs = std::filesystem;

namespace {

/// A label map and where its picture goes.
struct work {
  std::string name;
  fs::path labels;
  fs::path out;
};

void require_other_place(const fs::path& out, const fs::path& input, const char* option) {
  std::error_code failed;
  if (fs::equivalent(out, input, failed)) {
    throw usage_error(
        fmt::format("--out {}: is that of {}, which would be overwritten", out.string(), option));
  }
}

void require_other_folders(const colorize_command& command) {
  require_other_place(command.out, command.labels, "--labels");
  if (!command.images.empty()) require_other_place(command.out, command.images, "--images");
}

std::vector<work> work_of_folder(const colorize_command& command) {
  const files_by_stem files = list_label_files(command.labels);
  std::error_code failed;
  fs::create_directories(command.out, failed);
  if (failed || !fs::is_directory(command.out)) {
    throw usage_error(fmt::format("--out {}: {}", command.out.string(),
                                  failed ? failed.message() : "is no folder"));
  }
  require_other_folders(command);
  std::vector<work> out;
  for (const auto& [stem, file] : files) {
    out.push_back({stem, file, command.out / (stem + ".png")});
    require_not_read("--out", out.back().out, {command.texts});
  }
  return out;
}

std::vector<work> work_of_file(const colorize_command& command) {
  const std::string stem = command.labels.stem().string();
  std::error_code failed;
  fs::path out = command.out;
  if (fs::is_directory(out, failed)) {
    out /= stem + ".png";
  } else if (lower_extension(out) != ".png") {
    throw usage_error(
        fmt::format("--out {}: neither a folder nor a name that ends in .png", out.string()));
  }
  require_writable_place("--out", out.string());
  std::vector<fs::path> read = {command.labels, command.texts};
  if (fs::is_directory(command.images, failed)) {
    const std::vector<fs::path> photos = files_in(command.images);
    read.insert(read.end(), photos.begin(), photos.end());
  } else {
    read.push_back(command.images);
  }
  require_not_read("--out", out, read);
  return {{stem, command.labels, out}};
}

/// The photographs below the colours.
class photographs {
 public:
  photographs(const colorize_command& command, bool of_folder) {
    if (command.images.empty()) return;
    if (is_folder("--images", command.images)) {
      folder_.emplace("--images", command.images);
    } else if (of_folder) {
      throw usage_error(
          fmt::format("--images {}: must be a folder, as --labels is", command.images.string()));
    } else {
      file_ = command.images;
    }
  }

  [[nodiscard]] std::optional<picture> of(const std::string& name) const {
    try {
      if (folder_) return folder_->read(name);
      if (!file_.empty()) return read_picture(file_);
    } catch (const file_error& e) {
      throw file_error(
          fmt::format("its picture {}{}", file_.empty() ? "" : file_.string() + ": ", e.what()));
    }
    return std::nullopt;
  }

 private:
  std::optional<picture_folder> folder_;
  fs::path file_;
};

std::optional<problem> paint_file(const context& on, const work& one, const photographs& photos,
                                  const paint& how) {
  const std::string file = one.labels.string();
  try {
    const label_map labels = read_label_map(one.labels);
    const std::optional<picture> photo = photos.of(one.name);
    const painting drawn = paint_labels(on, labels, photo ? &*photo : nullptr, how);
    try {
      write_file_atomically(one.out, drawn.png);
    } catch (const file_error& e) {
      return problem{one.out.string(), e.what()};
    }
    if (drawn.complaint) return problem{file, *drawn.complaint};
    return std::nullopt;
  } catch (const file_error& e) {
    return problem{file, e.what()};
  } catch (const std::bad_alloc&) {
    return problem{file, "needs more memory than there is"};
  } catch (const error& e) {
    if (e.code() != errc::out_of_memory) throw;
    return problem{file, e.what()};
  }
}

/// What became of a label map.
struct outcome {
  bool done = false;
  std::optional<problem> wrong;
};

/// In the order of the items.
std::vector<outcome> paint_all(const colorize_command& command, const std::vector<work>& items,
                               const photographs& photos, progress& bar) {
  const auto most = static_cast<int>(
      tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
  const int threads = command.threads == 0 ? most : std::min(command.threads, most);
  const int workers = std::min(threads, static_cast<int>(std::min<std::size_t>(
                                            items.size(), static_cast<std::size_t>(threads))));
  const context_options on{.device = command.device, .threads = std::max(1, threads / workers)};
  std::vector<outcome> out(items.size());
  std::atomic<std::size_t> next = 0;
  tbb::task_arena arena(threads);
  arena.execute([&] {
    const auto paint_some = [&](int) {
      try {
        const context own(on);
        for (std::size_t i = next++; i < items.size(); i = next++) {
          if (interruption::requested()) return;
          out[i] = {true, paint_file(own, items[i], photos, command.how)};
          bar.advance();
        }
      } catch (...) {
        next = items.size();  // the others stop at their next image
        throw;
      }
    };
    // No two workers in one chunk: the first would leave the second nothing to do.
    tbb::parallel_for(0, workers, paint_some, tbb::simple_partitioner());
  });
  return out;
}

}  // namespace

int run_colorize(const colorize_command& command, const streams& to) {
  // Made and dropped, so that an unknown device is found before the files are looked for.
  static_cast<void>(context(context_options{.device = command.device, .threads = 1}));
  const bool of_folder = is_folder("--labels", command.labels);
  const photographs photos(command, of_folder);
  const std::vector<work> items = of_folder ? work_of_folder(command) : work_of_file(command);
  const interruption noted;
  std::vector<outcome> found;
  {
    progress bar(to.terminal, items.size());
    found = paint_all(command, items, photos, bar);
  }
  std::size_t done = 0;
  std::size_t problems = 0;
  for (const outcome& one : found) {
    done += one.done ? 1 : 0;
    if (!one.wrong) continue;
    ++problems;
    to.err << fmt::format("problem: {}: {}\n", printable(one.wrong->file),
                          printable(one.wrong->text));
  }
  const bool partial = done != items.size();
  if (partial) {
    to.err << fmt::format("interrupted: {} of {} label maps are done\n", done, items.size());
  }
  to.out << fmt::format("{} label {} coloured", done, done == 1 ? "map" : "maps");
  if (problems > 0) to.out << fmt::format(", {} with problems", problems);
  const fs::path& place = of_folder ? command.out : items[0].out;
  to.out << fmt::format(": {}\n", printable(place.string()));
  if (partial) return exit_interrupted;
  return problems == 0 ? exit_ok : exit_problems;
}

}  // namespace bitwhere::tool
