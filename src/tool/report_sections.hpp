// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "class_rows.hpp"
#include "report_html.hpp"

#include <string>
#include <vector>

namespace bitwhere::tool {

/// The parts of the HTML report. Each is a section of its own, or empty where there is nothing.

/// A row a class with a bar of its IoU; a click on a heading sorts.
std::string classes_section(const evaluation& result, const std::vector<class_row>& rows,
                            const palette& colors);

/// The confusion matrix: as a table, of many classes as a picture, of very many not at all.
std::string matrix_section(const evaluation& result, const std::vector<class_row>& rows);

/// The pairs that are confused most.
std::string pairs_section(const evaluation& result, const std::vector<class_row>& rows);

/// How many images reach which mean IoU, and the worst ones.
std::string images_section(const evaluation& result, const std::vector<report_image>& worst,
                           const std::vector<class_row>& rows, const palette& colors);

std::string problems_section(const evaluation& result);

/// What reports call a class: its name, escaped for HTML, or its number.
std::string html_name(const class_row& row);

/// A small square of the colour of a class; empty where it has none.
std::string swatch(const palette& colors, std::int64_t label);

/// The style sheet and the script of the page.
extern const char* const report_style;
extern const char* const report_script;

}  // namespace bitwhere::tool
