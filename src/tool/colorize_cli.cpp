// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "colorize_cli.hpp"

#include "arguments.hpp"
#include "choice.hpp"
#include "failure.hpp"
#include "palette_choice.hpp"

#include <bitwhere/palettes.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

namespace bitwhere::tool {

namespace {

constexpr const char* footer =
    "Label maps are what \"bitwhere eval\" reads: grey or palette PNGs, or .npy of integers. A "
    "file\n"
    "of colours has one a line, the first for label 0: \"128,64,128\", \"128 64 128\" or "
    "\"#804080\",\n"
    "and perhaps a name behind it; blank lines are skipped, and lines that begin with # and a "
    "blank.\n"
    "Pictures belong to the label maps of the same name without extension.\n\n"
    "Examples:\n"
    "  bitwhere colorize --labels out/ --out colors/ --palette voc\n"
    "  bitwhere colorize --labels out/ --out colors/ --palette cityscapes --ignore 255\n"
    "  bitwhere colorize --labels a.npy --out a.png --palette colors.txt --layout palette\n"
    "  bitwhere colorize --labels out/ --out seen/ --palette camvid --images "
    "photos/\n\n"
    "Ctrl-C ends after the label maps being worked on; another one ends at once.\n\n"
    "Exit codes:\n"
    "  0    all label maps were coloured\n"
    "  1    with problems: unreadable files, missing pictures, labels without a colour. Each is\n"
    "       listed, and the rest is coloured all the same\n"
    "  2    wrong usage, an unknown device, or nothing to colour\n"
    "  3    an internal or unexpected error\n"
    "  130  interrupted (Ctrl-C, SIGTERM): what was coloured until then is complete\n";

constexpr std::array<std::pair<std::string_view, outside_labels>, 3> outside_names = {
    {{"error", outside_labels::error},
     {"color", outside_labels::color},
     {"wrap", outside_labels::wrap}}};

constexpr std::array<std::pair<std::string_view, color_layout>, 3> layout_names = {
    {{"rgb", color_layout::rgb}, {"rgba", color_layout::rgba}, {"palette", color_layout::indexed}}};

}  // namespace

void add_colorize_options(CLI::App& command, colorize_texts& given) {
  command.add_option("--labels", given.labels, "label maps: a folder or a file")
      ->required()
      ->type_name("PATH");
  command.add_option("--out", given.out, "where PNGs go: a folder; of a file a .png or a folder")
      ->required()
      ->type_name("PATH");
  command
      .add_option("--palette", given.palette,
                  "voc, cityscapes, camvid, ade20k, or a text file of colours")
      ->required()
      ->type_name("NAME|FILE");
  command.add_option("--ignore", given.ignore, "labels that stand for nothing; may be repeated")
      ->type_name("LABEL");
  command
      .add_option("--ignored-color", given.ignored_color,
                  "their colour (default: the picture shows through, or black)")
      ->type_name("R,G,B");
  command
      .add_option("--outside", given.outside,
                  "labels that the palette lacks: error (default: magenta, and listed), color "
                  "(magenta), wrap (label modulo the number of colours)")
      ->type_name("RULE");
  command
      .add_option("--layout", given.layout,
                  "rgb (default), rgba, or palette: an indexed PNG whose indices are the labels")
      ->type_name("KIND");
  command
      .add_option("--images", given.images,
                  "pictures to lay the colours over: a folder of PNGs and JPEGs, or a file")
      ->type_name("PATH");
  command
      .add_option("--opacity", given.opacity,
                  "of the colours over a picture 0 to 255 (default: 128)")
      ->type_name("N");
  add_device_options(command, given.on);
  command.footer(footer);
}

colorize_command colorize_of(const colorize_texts& given) {
  colorize_command out;
  out.labels = given.labels;
  out.out = given.out;
  out.how.colors = choose_palette("--palette", given.palette, 0);
  if (std::ranges::find(palettes::known, given.palette) == std::end(palettes::known)) {
    out.texts = given.palette;
  }
  using limits = std::numeric_limits<std::int64_t>;
  for (const std::string& text : given.ignore) {
    out.how.ignore.push_back(parse_integer("--ignore", text, limits::min(), limits::max()));
  }
  if (out.how.ignore.size() > BW_MAX_IGNORE) {
    throw usage_error(fmt::format("--ignore: more than {} labels", BW_MAX_IGNORE));
  }
  if (!given.ignored_color.empty()) {
    if (out.how.ignore.empty()) throw usage_error("--ignored-color needs --ignore");
    out.how.ignored_color = parse_color("--ignored-color", given.ignored_color);
  }
  out.how.outside = one_of("--outside", given.outside, outside_names);
  out.how.layout = one_of("--layout", given.layout, layout_names);
  out.images = given.images;
  if (!given.images.empty() && out.how.layout != color_layout::rgb) {
    throw usage_error("--images: pictures are opaque, so --layout must be rgb");
  }
  if (given.images.empty() && !given.opacity.empty()) {
    throw usage_error("--opacity needs --images");
  }
  if (!given.opacity.empty()) {
    out.how.opacity = static_cast<int>(parse_integer("--opacity", given.opacity, 0, 255));
  }
  out.device = given.on.device;
  out.threads = threads_of(given.on);
  return out;
}

}  // namespace bitwhere::tool
