// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "eval.hpp"
#include "overlay.hpp"
#include "picture_folder.hpp"
#include "report_html.hpp"

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// The pictures of a report.
struct report_pictures {
  std::vector<report_image> images;  ///< the worst first
  bool interrupted = false;          ///< not all were drawn: there was a signal
};

/// What `bitwhere eval` draws.
class eval_pictures {
 public:
  /// Makes the folders and lists the photographs, so that what is wrong with them is found before
  /// any work. Throws usage_error.
  explicit eval_pictures(const eval_command& command);

  /// Whether each image gets an overlay file.
  [[nodiscard]] bool writes_overlays() const { return !command_.overlays.empty(); }

  /// Writes the overlay of an image; any thread. Throws file_error, after it wrote the overlay
  /// without a photograph where only that cannot be used.
  void write_overlay(const context& on, const std::string& name, const label_map& prediction,
                     const label_map& target) const;

  /// Draws the worst images, which are read again for that, by as many workers as evaluate() has,
  /// and keeps them small. What is wrong with one becomes a problem of `result`, unless it is one
  /// already. A signal stops it, unless it has stopped the evaluation before.
  [[nodiscard]] report_pictures draw_worst(const std::vector<work_item>& items,
                                           const map_source& load, evaluation& result,
                                           std::ostream* terminal) const;

 private:
  struct drawing {
    picture overlay;
    std::string complaint = {};  ///< why the photograph is not in it
  };
  struct worst_image;

  [[nodiscard]] drawing draw(const context& on, const std::string& name,
                             const label_map& prediction, const label_map& target) const;
  void draw_again(const context& on, const map_source& load, worst_image& one) const;
  [[nodiscard]] std::optional<picture> photo_of(const std::string& name) const;

  const eval_command& command_;
  std::optional<picture_folder> photos_;
};

/// The indices of at most `most` images, the worst first: those with the most bad labels, which
/// their ratios know nothing of, then those with the lowest mean IoU, accuracy, name. Those without
/// pixels that count come last.
std::vector<std::size_t> worst_images(const std::vector<image_result>& images, std::size_t most);

}  // namespace bitwhere::tool
