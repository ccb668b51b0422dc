// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "arguments.hpp"
#include "evaluate.hpp"

#include <string>
#include <string_view>

namespace bitwhere::tool {

/// The result as comma-separated values, one header line and rows of these fields:
///   row        "class"; after those "macro", "micro" and "frequency_weighted", whose ratios are
///              over the selected classes; "partial" where not all images were done
///   id, class  of a selected class; of "partial": images done and, as "of N", all of them
///   pixels     of the target; of totals: all that count
///   accuracy, precision, iou, dice   empty where they do not exist
std::string csv_text(const evaluation& result, const class_list& classes);

/// A line an image instead, under image,height,width,valid,correct,bad_labels,accuracy,mean_iou,
/// mean_dice. Where not all images were done, a last row has "partial", how many were and, as
/// "of N", all of them.
std::string csv_images_text(const evaluation& result);

/// A field as RFC 4180 quotes it, where it has to.
std::string csv_field(std::string_view text);

}  // namespace bitwhere::tool
