// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "arguments.hpp"
#include "evaluate.hpp"
#include "picture.hpp"

#include <bitwhere/color.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace bitwhere::tool {

/// Pixels of the longer side of an overlay in the report; those of larger ones are made small.
constexpr std::int64_t report_image_side = 640;

/// An image of the report with its overlay.
struct report_image {
  image_result numbers;
  picture overlay;
};

/// What the numbers alone do not say; texts that are empty are left out.
struct report_details {
  std::string title = {};       ///< empty: "Segmentation report"
  std::string when = {};        ///< e.g. "2026-03-01 12:00 UTC"
  std::string prediction = {};  ///< paths as they were given
  std::string target = {};
  std::string images = {};
  std::string convention = {};
  bool partial = false;   ///< not everything was evaluated or drawn: said at the top
  palette colors = {};    ///< those of the overlays; empty: classes have none
  std::string json = {};  ///< the evaluation's JSON, which the page carries
};

/// One HTML page that needs nothing else: totals, IoU of each class, the confusion matrix, the
/// pairs that are confused most, `worst` images in the order given, and problems. It holds
/// `details.json` as it is, except that "<" is \u003c, in <script id="bitwhere-data">.
std::string report_html(const evaluation& result, const class_list& classes,
                        const std::vector<report_image>& worst, const report_details& details);

}  // namespace bitwhere::tool
