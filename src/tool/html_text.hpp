// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bitwhere::tool {

/// A text for HTML, between tags or in an attribute's quotes. Bytes that are not UTF-8 become the
/// replacement mark, as they do in JSON.
std::string escaped(std::string_view text);

/// "1,234,567"
std::string grouped(std::int64_t number);

/// A ratio as percent, "27.80 %"; a dash where it is NaN.
std::string percent(double ratio);

/// The same as an element that holds the ratio in full, too.
std::string ratio_element(double ratio);

/// A loss as an element that holds it in full, too; a dash where there is none.
std::string loss_element(const std::optional<double>& loss);

/// A count as an element that holds the plain number, too.
std::string count_element(std::int64_t number);

/// The bytes as a data URL of an image.
std::string data_url(std::string_view mime, std::span<const std::byte> bytes);

}  // namespace bitwhere::tool
