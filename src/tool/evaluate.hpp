// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "failure.hpp"
#include "label_map.hpp"
#include "loss_sums.hpp"
#include "prediction_map.hpp"
#include "progress.hpp"

#include <bitwhere/metrics.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// An image to evaluate; the texts name it and its two maps in reports.
struct work_item {
  std::string name;
  std::string prediction;
  std::string target;
};

enum class side { prediction, target };

/// Reads the maps of item `index`. Called from several threads. Both throw file_error.
struct map_source {
  std::function<prediction_map(std::size_t index)> prediction;
  std::function<label_map(std::size_t index)> target;
};

struct evaluate_options {
  std::int64_t classes = 0;
  std::vector<std::int64_t> ignore = {};
  std::string device = {};  ///< empty: the library's default
  int threads = 0;          ///< 0: one a core
  convention whose = convention::bitwhere;
  std::vector<std::int64_t> selected = {};  ///< the classes of means and totals; empty: all
  std::vector<double> class_weights = {};   ///< of the weighted loss; empty: there is none

  [[nodiscard]] score_options rules() const {
    return score_options{.ignore = ignore, .selected = selected}.as(whose);
  }
};

/// All that is kept of an image: with the texts of its work_item about half a KiB, whatever its
/// size, so that a million of them fit in memory.
struct image_result {
  std::string name;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t valid = 0;
  std::int64_t correct = 0;
  std::int64_t bad_labels = 0;
  double accuracy = 0;
  double mean_iou = 0;
  double mean_dice = 0;
  std::optional<loss_numbers> loss = std::nullopt;           ///< of scores
  std::optional<loss_numbers> weighted_loss = std::nullopt;  ///< likewise, with class weights
  std::size_t item = 0;                                      ///< its index in the list of items
};

struct evaluation {
  std::string device;
  std::string isa;  ///< empty on cuda
  int threads = 0;
  std::int64_t classes = 0;
  std::vector<std::int64_t> ignore;
  convention whose = convention::bitwhere;
  std::vector<std::int64_t> selected;  ///< empty: all
  std::vector<std::int64_t> counts;    ///< classes x classes, row = target
  scores totals;
  std::int64_t bad_labels = 0;
  std::optional<loss_numbers> loss;           ///< of all images that have scores
  std::optional<loss_numbers> weighted_loss;  ///< likewise
  std::vector<double> class_weights;
  std::vector<image_result> images;  ///< in the order of the items
  std::vector<problem> problems;     ///< in the order of the items
  std::size_t items_done = 0;        ///< with and without problems
  std::size_t items_total = 0;

  /// Whether it was stopped before all was done.
  [[nodiscard]] bool partial() const { return items_done != items_total; }
};

/// What happens during an evaluation. Called from several threads; each may be empty.
struct evaluate_events {
  /// An image was counted and both its maps are still in memory, scores as their labels. A
  /// file_error becomes a problem of the image.
  std::function<void(const context& on, std::size_t index, const label_map& prediction,
                     const label_map& target, const image_result& result)>
      counted = {};
  /// True: no further image is begun; those being worked on are finished.
  std::function<bool()> stopped = {};
};

/// Counts target against prediction over all items. Maps are read, counted and handed to `counted`
/// by as many workers as there are threads, each with one image in memory. What is wrong with an
/// image is a problem of the result and stops nothing; errors of the device are thrown.
evaluation evaluate(const evaluate_options& options, const std::vector<work_item>& items,
                    const map_source& load, progress& bar, const evaluate_events& events = {});

}  // namespace bitwhere::tool
