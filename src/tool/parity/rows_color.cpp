// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "corpus.hpp"

#include <bitwhere/color.hpp>

#include <fmt/format.h>

namespace bitwhere::tool {

namespace {

struct color_case {
  const char* name;
  std::int64_t colors;
  std::int32_t channel_dim;
  std::int64_t channels;
  outside outside_is = outside::color;
  int opacity = -1;  ///< over an image; -1: none
};

shape_t with_channels(shape_t shape, const color_case& of) {
  const auto rank = static_cast<std::int64_t>(shape.size()) + 1;
  shape.insert(shape.begin() + of.channel_dim + rank, of.channels);
  return shape;
}

void add_colorize(row_list& rows, subset first, dtype type, layout lies, const color_case& of,
                  const shape_t& shape) {
  rows.push_back(
      {fmt::format("colorize/{}/{}/{}/{}", name_of(type), name_of(lies), of.name, name_of(shape)),
       first, [=](const inputs& in) -> experiment {
         const shape_t image_shape = with_channels(shape, of);
         return [=, labels = in.labels("labels", type, shape, lies, {of.colors, 100, true}),
                 table = in.tensor("palette", u8, {of.colors, 4}),
                 image = in.tensor("image", u8, image_shape, lies)](stage& s) {
           const placed at_labels = s.place(labels);
           const placed at_table = s.place(table);
           const placed at_image = s.place(image);
           const bool gaps = lies == layout::transposed || lies == layout::sliced ||
                             lies == layout::reversed || lies == layout::misaligned;
           const placed out = s.room(u8, image_shape, gaps ? lies : layout::dense);
           const color_options how{.ignore = {100},
                                   .ignored_color = {1, 2, 3, 40},
                                   .outside_is = of.outside_is,
                                   .channel_dim = of.channel_dim,
                                   .opacity = std::max(of.opacity, 0),
                                   .first_element = 9};
           const data_report report = s.call(labels.elements(), [&](const context& on) {
             data_report found(on);
             if (of.opacity < 0) {
               colorize(on, at_labels.view(), at_table.view(), how, out.view(), &found);
             } else {
               colorize_over(on, at_image.view(), at_labels.view(), at_table.view(), how,
                             out.view(), &found);
             }
             return found;
           });
           s.keep("colors", out);
           s.keep("report", std::vector<std::int64_t>{report.count(), report.first_index()});
         };
       }});
}

/// Few colors, so that some of the image's are in the palette.
void add_decolorize(row_list& rows, subset first, dtype type, layout lies, const color_case& of,
                    const shape_t& shape) {
  rows.push_back(
      {fmt::format("decolorize/{}/{}/{}/{}", name_of(type), name_of(lies), of.name, name_of(shape)),
       first, [=](const inputs& in) -> experiment {
         return [=, image = in.labels("image", u8, with_channels(shape, of), lies, {3, 2, false}),
                 table = in.labels("palette", u8, {of.colors, 3}, layout::dense, {3, 1, false})](
                    stage& s) {
           const placed at_image = s.place(image);
           const placed at_table = s.place(table);
           const placed out = s.room(type, shape, lies == layout::sliced ? lies : layout::dense);
           const data_report report = s.call(image.elements(), [&](const context& on) {
             data_report found(on);
             decolorize(on, at_image.view(), at_table.view(),
                        {.unknown = 99, .first_element = 4, .channel_dim = of.channel_dim},
                        out.view(), &found);
             return found;
           });
           s.keep("labels", out);
           s.keep("report", std::vector<std::int64_t>{report.count(), report.first_index()});
         };
       }});
}

}  // namespace

void add_color_rows(row_list& rows) {
  const color_case all[] = {{"rgb", 21, -1, 3},
                            {"rgba", 21, -1, 4},
                            {"planes", 21, -3, 3},
                            {"wrap", 7, -1, 3, outside::wrap},
                            {"blend", 21, -1, 3, outside::color, 128},
                            {"blend-rgba", 21, -1, 4, outside::color, 77},
                            {"blend-planes", 21, -3, 3, outside::wrap, 255}};
  const color_case back[] = {{"rgb", 5, -1, 3}, {"rgba", 20, -1, 4}, {"planes", 99, -3, 3}};
  for (const dtype type : label_dtypes) {
    for (const color_case& of : all) {
      for (const layout lies : all_layouts) {
        const bool often = type == u8 || type == i64;
        add_colorize(rows, often ? subset::quick : subset::standard, type, lies, of, {3, 5, 130});
      }
      add_colorize(rows, subset::standard, type, layout::dense, of, {257, 300});
    }
    for (const color_case& of : back) {
      for (const layout lies : all_layouts) {
        add_decolorize(rows, subset::standard, type, lies, of, {3, 5, 70});
      }
      add_decolorize(rows, subset::quick, type, layout::dense, of, {40, 33});
    }
  }
}

}  // namespace bitwhere::tool
