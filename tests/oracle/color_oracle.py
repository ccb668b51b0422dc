# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Colours of labels and labels of colours against numpy's indexing, blending in floats and ints."""

from __future__ import annotations

import random
import sys
from ctypes import POINTER, Structure, byref, c_int32, c_int64, c_size_t, c_uint8, sizeof

from cases import Differences, start, strided
from library import borrow, numpy, same_bits, torch

CASES = 2500
LABELS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
OUTSIDE_COLOR, OUTSIDE_WRAP = range(2)


class ColorOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("ignore", POINTER(c_int64)),
                ("ignore_count", c_size_t), ("first_element", c_int64),
                ("channel_dim", c_int32), ("outside", c_int32), ("opacity", c_int32),
                ("ignored_color", c_uint8 * 4), ("outside_color", c_uint8 * 4),
                ("reserved", c_int32)]


class DecolorizeOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("unknown", c_int64), ("first_element", c_int64),
                ("channel_dim", c_int32), ("reserved", c_int32)]


class Case:
    """A label map, a palette and options, all at random."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.shape = [rng.choice([0, 1, 2, 3, 5, 17, 70]) if rng.random() < 0.95 else 300
                      for _ in range(rng.randrange(1, 4))]
        self.channel_dim = rng.choice([-1, -3]) if len(self.shape) > 1 else -1
        colors = rng.choice([1, 2, 3, 21, 150, 256, 300])
        self.palette = torch.randint(0, 256, [colors, rng.choice([3, 4])], dtype=torch.uint8)
        self.ignore = rng.sample([0, 1, 7, 255, -1, 100], rng.randrange(0, 4))
        self.outside = rng.choice([OUTSIDE_COLOR, OUTSIDE_COLOR, OUTSIDE_WRAP])
        self.opacity = rng.choice([0, 1, 127, 128, 254, 255])
        self.first = rng.choice([0, 0, 10**12])
        self.ignored_color, self.outside_color = (
            [rng.choice([0, 255, rng.randrange(256)]) for _ in range(4)] for _ in range(2))
        self.channels = rng.choice([3, 4])

    def labels(self) -> torch.Tensor:
        """Mostly of the palette, beyond it at both ends, and ignored ones."""
        dtype = self.rng.choice(LABELS)
        bounds = torch.iinfo(dtype)
        values = torch.randint(-3, len(self.palette) + 3, self.shape)
        for value in self.ignore:
            values[torch.rand(self.shape) < 0.1] = value
        if self.rng.random() < 0.2:
            values[torch.rand(self.shape) < 0.1] = bounds.max
            values[torch.rand(self.shape) < 0.1] = bounds.min
        values = values.clamp(bounds.min, bounds.max).to(dtype)
        if self.rng.random() < 0.5 or 0 in self.shape:
            return values
        holder = strided(self.shape, dtype, self.rng)
        return holder.copy_(values)

    def made(self, channels: int) -> torch.Tensor:
        """u8 of the image's shape, the channels where channel_dim says, with random strides."""
        at = self.channel_dim % (len(self.shape) + 1)
        shape = [*self.shape[:at], channels, *self.shape[at:]]
        if self.rng.random() < 0.6:
            return torch.randint(0, 256, shape, dtype=torch.uint8)
        return strided(shape, torch.uint8, self.rng)

    def channels_last(self, image: torch.Tensor) -> numpy.ndarray:
        return numpy.moveaxis(image.numpy(), self.channel_dim, -1)

    def __str__(self) -> str:
        return (f"{self.shape}, {len(self.palette)} colours of {self.palette.shape[1]}, channels "
                f"{self.channels} at {self.channel_dim}, ignore {self.ignore}, outside "
                f"{self.outside}, opacity {self.opacity}")


def blended(colors: numpy.ndarray, image: numpy.ndarray, opacity: int) -> numpy.ndarray:
    """In f64, where a quotient by 255 is never a tie."""
    w = numpy.rint(opacity * colors[..., 3:].astype(float) / 255)
    opaque = colors.astype(float)
    opaque[..., 3] = 255
    opaque = opaque[..., :image.shape[-1]]
    out = numpy.rint((w * opaque + (255 - w) * image.astype(float)) / 255).astype(numpy.uint8)
    # The same in integers.
    whole = w.astype(int)
    assert (out == (2 * (whole * opaque.astype(int) + (255 - whole) * image) + 255) // 510).all()
    return out


def colored(case: Case, labels: torch.Tensor,
            image: torch.Tensor | None) -> tuple[numpy.ndarray, list[int]]:
    palette = numpy.full((len(case.palette), 4), 255, numpy.uint8)
    palette[:, :case.palette.shape[1]] = case.palette.numpy()
    values = labels.long().numpy()
    ignored = numpy.isin(values, case.ignore)
    outside = ((values < 0) | (values >= len(palette))) & ~ignored
    if case.outside == OUTSIDE_WRAP:
        outside[...] = False
    colors = palette[values % len(palette)]
    colors[outside] = case.outside_color
    colors[ignored] = case.ignored_color
    bad = numpy.flatnonzero(outside)
    report = [len(bad), int(bad[0]) + case.first if len(bad) else -1]
    if image is None:
        return colors[..., :case.channels], report
    return blended(colors, case.channels_last(image), case.opacity), report


def compare_colors(seen: Differences, case: Case) -> None:
    labels = case.labels()
    image = case.made(case.channels) if case.rng.random() < 0.5 else None
    expected, report = colored(case, labels, image)
    options = ColorOptions(sizeof(ColorOptions), (c_int64 * len(case.ignore))(*case.ignore),
                           len(case.ignore), case.first, case.channel_dim, case.outside,
                           case.opacity, (c_uint8 * 4)(*case.ignored_color),
                           (c_uint8 * 4)(*case.outside_color), 0)
    for isa, library in seen.libraries.items():
        out = case.made(case.channels)
        under = image
        if image is not None and case.rng.random() < 0.3:  # over itself
            out.copy_(image)
            under = out
        got = (c_int64 * 2)()
        library.check(library.c.bw_colorize(
            library.context, byref(borrow(labels)), byref(borrow(case.palette)),
            None if under is None else byref(borrow(under)), byref(options), byref(borrow(out)),
            byref(got)), library.context)
        seen.expect(numpy.array_equal(case.channels_last(out), expected) and list(got) == report,
                    f"colorize differs on {isa}: {labels.dtype} {case}, image "
                    f"{image is not None}, report {list(got)} instead of {report}")


def labeled(case: Case, image: torch.Tensor, unknown: int) -> tuple[numpy.ndarray, list[int]]:
    pixels = case.channels_last(image)[..., :3].astype(numpy.int64) @ [1 << 16, 1 << 8, 1]
    colors = case.palette[:, :3].numpy().astype(numpy.int64) @ [1 << 16, 1 << 8, 1]
    known, lowest = numpy.unique(colors, return_index=True)
    at = numpy.minimum(numpy.searchsorted(known, pixels), len(known) - 1)
    found = known[at] == pixels
    bad = numpy.flatnonzero(~found)
    return (numpy.where(found, lowest[at], unknown),
            [len(bad), int(bad[0]) + case.first if len(bad) else -1])


def compare_labels(seen: Differences, case: Case) -> None:
    # Few colours that differ by one, so that colours meet twice and nearly.
    if case.rng.random() < 0.3:
        case.palette = torch.randint(0, 2, case.palette.shape, dtype=torch.uint8)
    image = case.made(case.channels)
    at = torch.randint(0, len(case.palette), case.shape)
    pixels = torch.movedim(image, case.channel_dim, -1)
    shown = torch.rand([*case.shape, 1]).expand([*case.shape, 3]) < 0.8
    pixels[..., :3] = torch.where(shown, case.palette[at][..., :3], pixels[..., :3])
    fitting = [t for t in LABELS if torch.iinfo(t).max >= max(255, len(case.palette) - 1)]
    dtype = case.rng.choice(fitting)
    unknown = case.rng.choice([255, 0] if dtype == torch.uint8 else [255, -1])
    right, report = labeled(case, image, unknown)
    expected = torch.from_numpy(numpy.asarray(right)).to(dtype)
    options = DecolorizeOptions(sizeof(DecolorizeOptions), unknown, case.first, case.channel_dim, 0)
    for isa, library in seen.libraries.items():
        out = strided(case.shape, dtype, case.rng)
        got = (c_int64 * 2)()
        library.check(library.c.bw_decolorize(
            library.context, byref(borrow(image)), byref(borrow(case.palette)), byref(options),
            byref(borrow(out)), byref(got)), library.context)
        seen.expect(same_bits(out.contiguous(), expected.contiguous()) and list(got) == report,
                    f"decolorize differs on {isa}: {dtype} {case}, report {list(got)} instead of "
                    f"{report}")


def main() -> int:
    rng, seen = start("color", sys.argv[1], 23)
    for _ in range(CASES):
        compare_colors(seen, Case(rng))
        compare_labels(seen, Case(rng))
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
