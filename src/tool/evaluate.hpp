// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "failure.hpp"
#include "label_map.hpp"
#include "progress.hpp"

#include <bitwhere/metrics.hpp>

#include <cstdint>
#include <functional>
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

/// Reads a map of item `index`. Called from several threads. Throws file_error.
using map_loader = std::function<label_map(std::size_t index, side which)>;

struct evaluate_options {
  std::int64_t classes = 0;
  std::vector<std::int64_t> ignore = {};
  std::string device = {};  ///< empty: the library's default
  int threads = 0;          ///< 0: one a core
};

struct image_result {
  std::string name;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t valid = 0;
  std::int64_t correct = 0;
  std::int64_t bad_labels = 0;
  double accuracy = 0;
  double mean_iou = 0;
};

struct evaluation {
  std::string device;
  std::string isa;  ///< empty on cuda
  int threads = 0;
  std::int64_t classes = 0;
  std::vector<std::int64_t> ignore;
  std::vector<std::int64_t> counts;  ///< classes x classes, row = target
  scores totals;
  std::int64_t bad_labels = 0;
  std::vector<image_result> images;  ///< in the order of the items
  std::vector<problem> problems;     ///< in the order of the items
};

/// Counts target against prediction over all items. Maps are read and counted by as many workers
/// as there are threads, each with one image in memory. What is wrong with an image is a problem
/// of the result and stops nothing; errors of the device are thrown.
evaluation evaluate(const evaluate_options& options, const std::vector<work_item>& items,
                    const map_loader& load, progress& bar);

}  // namespace bitwhere::tool
