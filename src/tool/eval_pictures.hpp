// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "eval.hpp"
#include "overlay.hpp"
#include "picture_folder.hpp"
#include "report_html.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// What `bitwhere eval` draws.
class eval_pictures {
 public:
  /// Makes the folders and lists the photographs, so that what is wrong with them is found before
  /// any work. Throws usage_error.
  explicit eval_pictures(const eval_command& command);

  /// Whether each image gets an overlay file.
  [[nodiscard]] bool writes_overlays() const { return !command_.overlays.empty(); }

  /// Writes the overlay of an image; any thread. Throws file_error.
  void write_overlay(const context& on, const std::string& name, const label_map& prediction,
                     const label_map& target) const;

  /// Draws the images with the lowest mean IoU, then accuracy, then name, which are read again for
  /// that. What is wrong with one becomes a problem of `result`, unless it is one already.
  [[nodiscard]] std::vector<report_image> draw_worst(const std::vector<work_item>& items,
                                                     const map_source& load,
                                                     evaluation& result) const;

 private:
  [[nodiscard]] picture draw(const context& on, const label_map& prediction,
                             const label_map& target, const picture* photo) const;
  [[nodiscard]] std::optional<picture> photo_of(const std::string& name) const;

  const eval_command& command_;
  std::optional<picture_folder> photos_;
};

/// The indices of at most `most` images, the worst first; those without pixels come last.
std::vector<std::size_t> worst_images(const std::vector<image_result>& images, std::size_t most);

}  // namespace bitwhere::tool
