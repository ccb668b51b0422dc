// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "eval_pictures.hpp"

#include "atomic_file.hpp"
#include "count_image.hpp"
#include "interruption.hpp"
#include "output_place.hpp"
#include "progress.hpp"
#include "thumbnail.hpp"

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <new>
#include <numeric>
#include <system_error>
#include <tuple>
#include <utility>

namespace bitwhere::tool {

namespace fs = std::filesystem;

namespace {

/// More than this nobody looks at, and the page holds each of them.
constexpr std::size_t most_in_report = 24;

/// Overlays have the names of label maps, which they must not replace.
void require_other_folder(const fs::path& overlays, const fs::path& input) {
  if (input.empty()) return;
  std::error_code failed;
  const fs::path folder = fs::is_directory(input, failed) ? input
                          : input.has_parent_path()       ? input.parent_path()
                                                          : fs::path(".");
  if (fs::equivalent(overlays, folder, failed) && !failed) {
    throw usage_error(
        fmt::format("--overlays {}: holds what is read; give another folder", overlays.string()));
  }
}

/// Most were found when the overlays were written.
void add_problem(std::vector<problem>& problems, problem one) {
  const auto same = [&](const problem& p) { return p.file == one.file && p.text == one.text; };
  if (std::none_of(problems.begin(), problems.end(), same)) problems.push_back(std::move(one));
}

}  // namespace

eval_pictures::eval_pictures(const eval_command& command) : command_(command) {
  if (!command.images.empty()) photos_.emplace("--images", command.images);
  if (!command.overlays.empty()) {
    require_output_folder("--overlays", command.overlays);
    for (const fs::path& input :
         {command.prediction, command.logits, command.target, command.images}) {
      require_other_folder(command.overlays, input);
    }
  }
  if (!command.report.empty()) require_output_folder("--report", command.report);
}

std::optional<picture> eval_pictures::photo_of(const std::string& name) const {
  if (!photos_) return std::nullopt;
  try {
    return photos_->read(name);
  } catch (const file_error& e) {
    throw file_error(fmt::format("its photograph {}", e.what()));
  }
}

eval_pictures::drawing eval_pictures::draw(const context& on, const std::string& name,
                                           const label_map& prediction,
                                           const label_map& target) const {
  const overlay_style style{
      .colors = command_.colors, .ignore = command_.how.ignore, .opacity = command_.opacity};
  try {
    const std::optional<picture> photo = photo_of(name);
    return {draw_overlay(on, prediction, &target, photo ? &*photo : nullptr, style)};
  } catch (const file_error& e) {
    return {draw_overlay(on, prediction, &target, nullptr, style),
            fmt::format("{}; drawn without it", e.what())};
  }
}

void eval_pictures::write_overlay(const context& on, const std::string& name,
                                  const label_map& prediction, const label_map& target) const {
  const fs::path file = command_.overlays / (name + ".png");
  const drawing drawn = draw(on, name, prediction, target);
  try {
    write_file_atomically(file, png_of(drawn.overlay));
  } catch (const file_error& e) {
    throw file_error(fmt::format("its overlay {} {}{}{}", file.string(), e.what(),
                                 drawn.complaint.empty() ? "" : "; ", drawn.complaint));
  }
  if (!drawn.complaint.empty()) throw file_error(drawn.complaint);
}

/// An image to draw and what became of it.
struct eval_pictures::worst_image {
  const image_result& numbers;
  std::optional<picture> small = std::nullopt;
  std::string complaint = {};
  bool done = false;
};

void eval_pictures::draw_again(const context& on, const map_source& load, worst_image& one) const {
  const std::size_t item = one.numbers.item;
  try {
    const prediction_map read = load.prediction(item);
    const label_map target = load.target(item);
    const auto* labels = std::get_if<label_map>(&read);
    label_map of_scores;
    if (labels == nullptr) of_scores = labels_of(on, std::get<score_map>(read));
    drawing drawn = draw(on, one.numbers.name, labels != nullptr ? *labels : of_scores, target);
    one.small = thumbnail_of(drawn.overlay, report_image_side);
    one.complaint = std::move(drawn.complaint);
  } catch (const file_error& e) {
    one.complaint = e.what();
  } catch (const error& e) {
    if (e.code() != errc::out_of_memory) throw;
    one.complaint = e.what();
  } catch (const std::bad_alloc&) {
    one.complaint = "needs more memory than there is";
  }
  one.done = true;
}

report_pictures eval_pictures::draw_worst(const std::vector<work_item>& items,
                                          const map_source& load, evaluation& result,
                                          std::ostream* terminal) const {
  report_pictures out;
  if (command_.report.empty()) return out;
  std::vector<worst_image> worst;
  for (const std::size_t index : worst_images(result.images, most_in_report)) {
    worst.push_back({result.images[index]});
  }
  const int threads = std::max(1, result.threads);
  const int workers = std::clamp(static_cast<int>(worst.size()), 1, threads);
  const context_options how{.device = command_.how.device, .threads = threads / workers};
  // The signal that stopped the evaluation asks for a report of what is done.
  const bool listens = !result.partial();
  {
    progress bar(terminal, worst.size());
    std::atomic<std::size_t> next = 0;
    tbb::task_arena arena(threads);
    arena.execute([&] {
      const auto draw_some = [&](int) {
        try {
          const context on(how);
          for (std::size_t i = next++; i < worst.size(); i = next++) {
            if (listens && interruption::requested()) return;
            draw_again(on, load, worst[i]);
            bar.advance();
          }
        } catch (...) {
          next = worst.size();  // the others stop at their next image
          throw;
        }
      };
      // No two workers in one chunk: the first would leave the second nothing to do.
      tbb::parallel_for(0, workers, draw_some, tbb::simple_partitioner());
    });
  }
  for (worst_image& one : worst) {
    out.interrupted = out.interrupted || !one.done;
    if (!one.complaint.empty()) {
      add_problem(result.problems, {items[one.numbers.item].prediction, one.complaint});
    }
    if (one.small) out.images.push_back({one.numbers, std::move(*one.small)});
  }
  return out;
}

std::vector<std::size_t> worst_images(const std::vector<image_result>& images, std::size_t most) {
  std::vector<std::size_t> order(images.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t i) {
    const auto ratio = [](double value) {
      return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
    };
    const image_result& image = images[i];
    return std::make_tuple(-image.bad_labels, ratio(image.mean_iou), ratio(image.accuracy),
                           std::cref(image.name));
  };
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(most, order.size()));
  std::partial_sort(order.begin(), end, order.end(),
                    [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  order.erase(end, order.end());
  return order;
}

}  // namespace bitwhere::tool
