// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bitwhere::tool {

inline constexpr std::int64_t max_classes = 32768;

/// The classes that labels stand for.
struct class_list {
  std::int64_t count = 0;
  std::vector<std::string> names;  ///< empty where only the number is known
};

/// An integer of an option within [smallest, largest]. Throws usage_error, which names `option`.
std::int64_t parse_integer(std::string_view option, const std::string& text, std::int64_t smallest,
                           std::int64_t largest);

/// A number of classes, or the name of a text file with one class name a line; blank lines and
/// lines that begin with # are skipped. With `names`, the value of --names, `classes` must be the
/// number of the names in that file. Throws usage_error.
class_list parse_classes(const std::string& classes, const std::string& names = {});

/// The ids of classes that are given by their ids or, where names are known, by those. Throws
/// usage_error, which names `option`, where one is unknown or given twice.
std::vector<std::int64_t> select_classes(const class_list& classes,
                                         const std::vector<std::string>& selected,
                                         std::string_view option = "--select");

}  // namespace bitwhere::tool
