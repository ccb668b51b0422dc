// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "eval_pictures.hpp"

#include "atomic_file.hpp"
#include "count_image.hpp"
#include "output_place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
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

picture eval_pictures::draw(const context& on, const label_map& prediction, const label_map& target,
                            const picture* photo) const {
  const overlay_style style{
      .colors = command_.colors, .ignore = command_.how.ignore, .opacity = command_.opacity};
  return draw_overlay(on, prediction, &target, photo, style);
}

void eval_pictures::write_overlay(const context& on, const std::string& name,
                                  const label_map& prediction, const label_map& target) const {
  const std::optional<picture> photo = photo_of(name);
  const fs::path file = command_.overlays / (name + ".png");
  const picture overlay = draw(on, prediction, target, photo ? &*photo : nullptr);
  try {
    write_file_atomically(file, png_of(overlay));
  } catch (const file_error& e) {
    throw file_error(fmt::format("its overlay {} {}", file.string(), e.what()));
  }
}

std::vector<report_image> eval_pictures::draw_worst(const std::vector<work_item>& items,
                                                    const map_source& load,
                                                    evaluation& result) const {
  std::vector<report_image> out;
  if (command_.report.empty()) return out;
  const context on(context_options{.device = command_.how.device});
  const auto note = [&](const std::string& file, const std::string& text) {
    const auto same = [&](const problem& p) { return p.file == file && p.text == text; };
    if (std::none_of(result.problems.begin(), result.problems.end(), same)) {
      result.problems.push_back({file, text});
    }
  };
  for (const std::size_t index : worst_images(result.images, most_in_report)) {
    const image_result& image = result.images[index];
    const work_item& item = items[image.item];
    try {
      const prediction_map read = load.prediction(image.item);
      const label_map target = load.target(image.item);
      label_map of_scores;
      if (const auto* scores = std::get_if<score_map>(&read)) of_scores = labels_of(on, *scores);
      const auto* labels = std::get_if<label_map>(&read);
      const label_map& prediction = labels != nullptr ? *labels : of_scores;
      try {
        const std::optional<picture> photo = photo_of(image.name);
        out.push_back({image, draw(on, prediction, target, photo ? &*photo : nullptr)});
      } catch (const file_error& e) {
        note(item.prediction, e.what());
        out.push_back({image, draw(on, prediction, target, nullptr)});
      }
    } catch (const file_error& e) {
      note(item.prediction, e.what());
    }
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
    return std::make_tuple(ratio(image.mean_iou), ratio(image.accuracy), std::cref(image.name));
  };
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(most, order.size()));
  std::partial_sort(order.begin(), end, order.end(),
                    [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  order.erase(end, order.end());
  return order;
}

}  // namespace bitwhere::tool
