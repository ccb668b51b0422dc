// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "class_weights.hpp"
#include "device_cli.hpp"
#include "eval.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bitwhere::tool {

/// The texts of the options, before they are checked.
struct eval_texts {
  std::string prediction;
  std::string logits;
  std::string target;
  std::string classes;
  std::string names;
  std::vector<std::string> ignore;
  std::vector<std::string> select;
  weight_texts weights;
  std::string convention;
  std::string format;
  bool per_image = false;
  std::string json;
  std::string images;
  std::string overlays;
  std::string opacity;
  std::string palette;
  std::string report;
  device_texts on;
};

void add_eval_options(CLI::App& command, eval_texts& given);

/// Throws usage_error.
eval_command eval_of(const eval_texts& given);

}  // namespace bitwhere::tool
