# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Promotion against torch.result_type: every two operands of every dtype and standing."""

from __future__ import annotations

import sys

from cases import ALL, Differences, start
from library import INVALID_DTYPE, Library, Refused, torch


def operands() -> list:
    tensors = [torch.ones(shape, dtype=dtype) for dtype in ALL for shape in ([2], [])]
    return tensors + [True, 1, 1.0, 1j]


def named(value) -> str:
    if isinstance(value, torch.Tensor):
        return f"{'0-d ' if value.dim() == 0 else ''}{value.dtype}"
    return repr(value)


def compare(library: Library, seen: Differences, x, y) -> None:
    expected = torch.result_type(x, y)
    mask = torch.ones(2, dtype=torch.bool)
    for function, call in (("result_type", lambda: library.result_type(x, y)),
                           ("where", lambda: library.where_result(mask, x, y)[0])):
        try:
            got = call()
        except Refused as error:
            # Named: there is no complex32 here.
            seen.expect(expected == torch.complex32 and error.status == INVALID_DTYPE,
                        f"{function} of {named(x)} and {named(y)}: {error}")
        else:
            seen.expect(got == expected, f"{function} of {named(x)} and {named(y)} is {got}, torch "
                                         f"says {expected}")


def main() -> int:
    _, seen = start("promotion", sys.argv[1], 3)
    for library in list(seen.libraries.values())[:1]:  # no instruction set takes part
        for x in operands():
            for y in operands():
                compare(library, seen, x, y)
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
