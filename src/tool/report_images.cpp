// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "html_text.hpp"
#include "jpeg.hpp"
#include "report_sections.hpp"
#include "thumbnail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace bitwhere::tool {

namespace {

constexpr int jpeg_quality = 80;
constexpr std::size_t most_problems = 500;

/// Bars of how many images have a mean IoU within each twentieth.
std::string histogram(const evaluation& result) {
  constexpr std::size_t bins = 20;
  std::array<std::int64_t, bins> images{};
  for (const image_result& image : result.images) {
    if (std::isnan(image.mean_iou)) continue;
    const auto bin = static_cast<std::size_t>(image.mean_iou * bins);
    ++images[std::min(bin, bins - 1)];
  }
  const std::int64_t tallest = *std::max_element(images.begin(), images.end());
  if (tallest == 0 || result.images.size() < 2) return "";
  std::string out = fmt::format(
      "<figure class=\"histogram\"><svg viewBox=\"0 0 400 110\" role=\"img\" aria-label=\"Images "
      "by their mean IoU\"><title>Images by their mean IoU</title>\n");
  for (std::size_t i = 0; i < bins; ++i) {
    if (images[i] == 0) continue;
    const double height = 80.0 * static_cast<double>(images[i]) / static_cast<double>(tallest);
    out += fmt::format(
        "<g><title>{}: mean IoU of {} to {} %</title><rect x=\"{}\" y=\"{:.1f}\" width=\"18\" "
        "height=\"{:.1f}\"/><text x=\"{}\" y=\"{:.1f}\">{}</text></g>\n",
        images[i], i * 5, i * 5 + 5, i * 20 + 1, 92 - height, height, i * 20 + 10, 88 - height,
        images[i]);
  }
  return out +
         "<path d=\"M0 92.5H400\"/><text x=\"0\" y=\"106\" class=\"first\">0</text>"
         "<text x=\"200\" y=\"106\">50</text><text x=\"400\" y=\"106\" class=\"last\">100&#160;%"
         "</text></svg><figcaption>Images by their mean IoU</figcaption></figure>\n";
}

std::string color_legend(const std::vector<class_row>& rows, const palette& colors) {
  // More are no legend any more; the table of classes has the colours, too.
  if (colors.empty() || rows.size() > 40) return "";
  std::string out = "<ul class=\"colors\">";
  for (const class_row& row : rows) {
    out += fmt::format("<li>{}{}</li>", swatch(colors, row.id), html_name(row));
  }
  return out + "</ul>\n";
}

/// What no ratio tells: pixels that are in none of them.
std::string bad_labels_note(const image_result& image) {
  if (image.bad_labels == 0) return "";
  return fmt::format("<span>{} {} with bad labels, not counted</span>", grouped(image.bad_labels),
                     image.bad_labels == 1 ? "pixel" : "pixels");
}

std::string figure(const report_image& image) {
  const picture small = thumbnail_of(image.overlay, report_image_side);
  const image_result& numbers = image.numbers;
  const std::string name = escaped(numbers.name);
  return fmt::format(
      "<figure class=\"image\"><img src=\"{}\" width=\"{}\" height=\"{}\" loading=\"lazy\" "
      "alt=\"Overlay of {}\">\n<figcaption><b>{}</b><span>mean IoU {}</span><span>accuracy {}"
      "</span>{}<span>{}&nbsp;&times;&nbsp;{}</span></figcaption></figure>\n",
      data_url("image/jpeg", jpeg_of(small, jpeg_quality)), small.width, small.height, name, name,
      ratio_element(numbers.mean_iou), ratio_element(numbers.accuracy), bad_labels_note(numbers),
      numbers.width, numbers.height);
}

}  // namespace

std::string images_section(const evaluation& result, const std::vector<report_image>& worst,
                           const std::vector<class_row>& rows, const palette& colors) {
  const std::string spread = histogram(result);
  if (worst.empty() && spread.empty()) return "";
  std::string out = "<section id=\"images\"><h2>Images</h2>\n" + spread;
  if (!worst.empty()) {
    out += fmt::format(
        "<h3>{}</h3>\n<p class=\"note\">Predicted classes in their colours. Hatched: the "
        "target says otherwise. Without colour: ignored.</p>\n",
        worst.size() == result.images.size()
            ? "All of them, the worst first"
            : fmt::format("The worst {} of {}", worst.size(),
                          grouped(static_cast<std::int64_t>(result.images.size()))));
    out += color_legend(rows, colors) + "<div class=\"gallery\">\n";
    for (const report_image& image : worst) out += figure(image);
    out += "</div>\n";
  }
  return out + "</section>\n";
}

std::string problems_section(const evaluation& result) {
  if (result.problems.empty()) return "";
  std::string out = fmt::format("<section id=\"problems\"><h2>Problems ({})</h2>\n<ul>\n",
                                grouped(static_cast<std::int64_t>(result.problems.size())));
  for (std::size_t i = 0; i < std::min(most_problems, result.problems.size()); ++i) {
    const problem& one = result.problems[i];
    out += fmt::format("<li><code>{}</code>: {}</li>\n", escaped(one.file), escaped(one.text));
  }
  if (result.problems.size() > most_problems) {
    out += fmt::format("<li>and {} more, which the JSON lists</li>\n",
                       grouped(static_cast<std::int64_t>(result.problems.size() - most_problems)));
  }
  return out + "</ul></section>\n";
}

}  // namespace bitwhere::tool
