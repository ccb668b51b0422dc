# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Label maps in PNG files of 8 bits a pixel, grey or indices of a palette."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from library import numpy


def chunks(data: bytes):
    at = 8
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8:at + 8 + size]
        at += 12 + size


def predicted(left: int, above: int, corner: int) -> int:
    """Paeth's predictor."""
    guess = left + above - corner
    return min((abs(guess - left), 0, left), (abs(guess - above), 1, above),
               (abs(guess - corner), 2, corner))[2]


def unfiltered(kind: int, line: numpy.ndarray, above: numpy.ndarray) -> numpy.ndarray:
    if kind == 0:
        return line
    if kind == 1:
        return numpy.cumsum(line, dtype=numpy.uint8)
    if kind == 2:
        return line + above
    out, left, corner = [], 0, 0
    for value, over in zip(line.tolist(), above.tolist()):
        guess = (left + over) // 2 if kind == 3 else predicted(left, over, corner)
        left, corner = (value + guess) % 256, over
        out.append(left)
    return numpy.array(out, numpy.uint8)


def read_labels(path: Path) -> numpy.ndarray:
    parts = list(chunks(path.read_bytes()))
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", parts[0][1])
    if depth != 8 or color not in (0, 3) or interlaced:
        raise ValueError(f"{path}: no label map of 8 bits")
    packed = zlib.decompress(b"".join(data for kind, data in parts if kind == b"IDAT"))
    lines = numpy.frombuffer(packed, numpy.uint8).reshape(height, width + 1)
    out = numpy.zeros((height + 1, width), numpy.uint8)
    for y, line in enumerate(lines):
        out[y + 1] = unfiltered(line[0], line[1:], out[y])
    return out[1:].copy()
