// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "color_plan.hpp"

#include <algorithm>

#include "../../kernels/colors/color_formula.hpp"
#include "broadcast.hpp"
#include "collapse.hpp"
#include "failure.hpp"
#include "labels.hpp"
#include "output.hpp"
#include "overlap.hpp"
#include "scalar.hpp"
#include "struct_check.hpp"

namespace bitwhere::plan {
namespace {

[[noreturn]] void refuse(bw_status status, const std::string& text) { throw failure(status, text); }

void require_u8(const tensor& t) {
  if (t.type == dtype::u8) return;
  refuse(BW_INVALID_DTYPE, std::string(t.name) + ": must be u8, not " + name_of(t.type));
}

void require_channels(const tensor& t, int dim) {
  const int64_t channels = t.shape.extent[dim];
  if (channels == 3 || channels == 4) return;
  refuse(BW_INVALID_SHAPE, std::string(t.name) + " has shape " + describe(t.shape) +
                               ": dimension " + std::to_string(dim) + " is that of " +
                               "3 or 4 channels");
}

tensor checked_palette(const placement& on, const bw_tensor* palette, kernels::color_table& to) {
  const tensor p = checked(palette, "palette");
  require_u8(p);
  if (p.shape.rank != 2) {
    refuse(BW_INVALID_SHAPE, "palette has shape " + describe(p.shape) + ", not (n, 3) or (n, 4)");
  }
  require_channels(p, 1);
  require_reachable(on, p);
  // Codes of colors are 32 bits, some of them taken.
  if (p.shape.extent[0] < 1 || p.shape.extent[0] > INT32_MAX - 2) {
    refuse(BW_INVALID_SHAPE, "palette has " + std::to_string(p.shape.extent[0]) + " colors");
  }
  to = {p.data, p.shape.extent[0], p.stride_bytes[0], p.stride_bytes[1],
        static_cast<int32_t>(p.shape.extent[1])};
  return p;
}

shape without(const shape& s, int dim) {
  shape out;
  for (int d = 0; d < s.rank; ++d) {
    if (d != dim) out.extent[out.rank++] = s.extent[d];
  }
  return out;
}

shape with(const shape& s, int dim, int64_t extent) {
  shape out;
  for (int d = 0; d <= s.rank; ++d) {
    if (d == dim) out.extent[out.rank++] = extent;
    if (d < s.rank) out.extent[out.rank++] = s.extent[d];
  }
  return out;
}

// An image as pixels that have channels.
template <class Byte>
void take_channels(const tensor& from, int dim, kernels::image_of<Byte>& to) {
  to.data = from.data;
  to.channel_stride = from.stride_bytes[dim];
  int rank = 0;
  for (int d = 0; d < from.shape.rank; ++d) {
    if (d != dim) to.stride_bytes[rank++] = from.stride_bytes[d];
  }
}

kernels::packed_color packed(const uint8_t (&rgba)[4]) {
  return kernels::pack_color(rgba[0], rgba[1], rgba[2], rgba[3]);
}

void check(const bw_color_options& o) {
  if (o.opacity < 0 || o.opacity > 255) {
    refuse(BW_INVALID_ARGUMENT,
           "options: opacity is " + std::to_string(o.opacity) + ", not in 0..255");
  }
  if (o.outside != BW_OUTSIDE_COLOR && o.outside != BW_OUTSIDE_WRAP) {
    refuse(BW_INVALID_ARGUMENT, "options: outside is " + std::to_string(o.outside) +
                                    ", neither BW_OUTSIDE_COLOR nor BW_OUTSIDE_WRAP");
  }
  check_reserved(o.reserved, "options");
}

}  // namespace

colorize_plan plan_colorize(const placement& on, const bw_tensor* labels, const bw_tensor* palette,
                            const bw_tensor* image, const bw_color_options* options,
                            const bw_tensor* out, bw_report* report) {
  check_struct(options, "options");
  check(*options);
  colorize_plan plan;
  kernels::colorize_args& args = plan.args;
  const tensor l = checked(labels, "labels");
  args.from.kind = label_kind_of(l);
  require_reachable(on, l);
  fill_ignore(options->ignore, options->ignore_count, l.type, args.ignore);
  check_first_element(options->first_element, l.elements);
  const tensor p = checked_palette(on, palette, args.palette);
  if (l.shape.rank == max_rank) {
    refuse(BW_INVALID_SHAPE,
           "labels: rank " + std::to_string(max_rank) + " leaves no dimension for the channels");
  }
  const int dim = checked_dim(options->channel_dim, l.shape.rank + 1, "options: channel_dim");
  const tensor given = checked(out, "out");
  if (given.shape.rank != l.shape.rank + 1) {
    refuse(BW_INVALID_SHAPE, "out has shape " + describe(given.shape) + ", labels have " +
                                 describe(l.shape) + ": one dimension more is that of channels");
  }
  require_channels(given, dim);
  args.channels = static_cast<int32_t>(given.shape.extent[dim]);
  const tensor to = checked_output(on, out, "out", dtype::u8, with(l.shape, dim, args.channels));
  tensor read[3] = {l, p, {}};
  size_t reads = 2;
  require_apart(to, l);
  require_apart(to, p);
  if (image != nullptr) {
    const tensor i = checked(image, "image");
    require_u8(i);
    if (!(i.shape == to.shape)) {
      refuse(BW_INVALID_SHAPE,
             "image has shape " + describe(i.shape) + ", out has " + describe(to.shape));
    }
    require_reachable(on, i);
    require_aligned_or_apart(to, i, to.shape);
    read[reads++] = i;
  }
  tensor all[4];
  std::copy(read, read + reads, all);
  all[reads] = to;
  plan.report = checked_report(on, report, all, reads + 1);

  args.wrap = options->outside == BW_OUTSIDE_WRAP;
  args.ignored = packed(options->ignored_color);
  args.outside = packed(options->outside_color);
  args.opacity = options->opacity;
  args.first_element = options->first_element;
  args.image.data = nullptr;
  fill_space(l.shape, l.elements, args.s);
  if (l.elements == 0) return plan;
  args.from.values.data = l.data;
  broadcast_strides(l, l.shape, args.from.values.stride_bytes);
  take_channels(to, dim, args.out);
  kernels::access reach[2];
  // Side by side means a pixel after a pixel for images whose channels lie together.
  const auto pixel_bytes = [&](int64_t channel_stride) {
    return channel_stride == 1 ? args.channels : int64_t{1};
  };
  strided operands[3] = {{args.from.values.stride_bytes, bytes_of(l.type), &args.from.values.reach},
                         {args.out.stride_bytes, pixel_bytes(args.out.channel_stride), &reach[0]},
                         {}};
  int count = 2;
  plan.bytes = l.elements * bytes_of(l.type) + to.elements;
  if (image != nullptr) {
    take_channels(read[2], dim, args.image);
    operands[count++] = {args.image.stride_bytes, pixel_bytes(args.image.channel_stride),
                         &reach[1]};
    plan.bytes += to.elements;
  }
  collapse(args.s, operands, count, order::logical);
  return plan;
}

decolorize_plan plan_decolorize(const placement& on, const bw_tensor* image,
                                const bw_tensor* palette, const bw_decolorize_options* options,
                                const bw_tensor* out, bw_report* report) {
  check_struct(options, "options");
  check_reserved(options->reserved, "options");
  decolorize_plan plan;
  kernels::decolorize_args& args = plan.args;
  const tensor i = checked(image, "image");
  require_u8(i);
  require_reachable(on, i);
  if (i.shape.rank == 0) refuse(BW_INVALID_SHAPE, "image: a scalar has no channels");
  const int dim = checked_dim(options->channel_dim, i.shape.rank, "options: channel_dim");
  require_channels(i, dim);
  const tensor p = checked_palette(on, palette, args.palette);
  const shape pixels = without(i.shape, dim);
  const dtype type = checked(out, "out").type;
  const tensor to = checked_output(on, out, "out", type, pixels);
  args.kind = label_kind_of(to);
  const limits range = integer_limits(type);
  for (const int64_t label : {args.palette.count - 1, options->unknown}) {
    if (label >= range.low && label <= range.high) continue;
    refuse(BW_OUT_OF_RANGE,
           std::string("out: ") + name_of(type) + " cannot hold label " + std::to_string(label));
  }
  check_first_element(options->first_element, to.elements);
  require_apart(to, i);
  require_apart(to, p);
  const tensor all[] = {i, p, to};
  plan.report = checked_report(on, report, all, 3);
  args.unknown = options->unknown;
  args.first_element = options->first_element;
  fill_space(pixels, to.elements, args.s);
  if (to.elements == 0) return plan;
  take_channels(i, dim, args.image);
  args.out.data = to.data;
  broadcast_strides(to, pixels, args.out.stride_bytes);
  kernels::access reach;
  strided operands[] = {
      {args.out.stride_bytes, bytes_of(type), &args.out.reach},
      {args.image.stride_bytes, args.image.channel_stride == 1 ? i.shape.extent[dim] : int64_t{1},
       &reach}};
  collapse(args.s, operands, 2, order::logical);
  plan.bytes = i.elements + to.elements * bytes_of(type);
  return plan;
}

}  // namespace bitwhere::plan
