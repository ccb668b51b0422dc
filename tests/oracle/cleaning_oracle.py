# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""nan_to_num against torch.nan_to_num, complex numbers part by part, and counts against torch."""

from __future__ import annotations

import random
import sys

from cases import ALL, COMPLEX, WHOLE, Differences, some_shape, start, strided
from library import OUT_OF_RANGE, Refused, same_bits, torch

CASES = 2000


def parts(x: torch.Tensor) -> torch.Tensor:
    return torch.view_as_real(x) if x.dtype in COMPLEX else x


def expected_of(x: torch.Tensor, nan, posinf, neginf) -> tuple[torch.Tensor, list[int]]:
    if x.dtype in WHOLE or x.dtype == torch.bool:
        return x.contiguous(), [0, 0, 0]
    reals = parts(x)
    clean = torch.nan_to_num(reals, nan, posinf, neginf).contiguous()
    counts = [int(torch.isnan(reals).sum()), int(torch.isposinf(reals).sum()),
              int(torch.isneginf(reals).sum())]
    return (torch.view_as_complex(clean) if x.dtype in COMPLEX else clean), counts


def compare(seen: Differences, x: torch.Tensor, rng: random.Random) -> None:
    nan, posinf, neginf = (rng.choice([None, 0.0, -0.0, 1.5, 0.1, -7.0, 60000.0, float("inf")])
                           for _ in range(3))
    expected, counts = expected_of(x, nan, posinf, neginf)
    for isa, library in seen.libraries.items():
        got, replaced = library.nan_to_num(x, nan, posinf, neginf)
        text = f"{x.dtype}{tuple(x.shape)} with {nan}, {posinf}, {neginf} on {isa}"
        seen.expect(same_bits(got, expected), f"differs: {text}")
        seen.expect(replaced == counts, f"counts {replaced} instead of {counts}: {text}")


def named_differences(seen: Differences) -> None:
    """A replacement that does not fit is an error here and infinity in torch."""
    half = torch.tensor([float("nan")], dtype=torch.float16)
    seen.expect(bool(torch.isinf(torch.nan_to_num(half, nan=1e6))), "torch changed: 1e6 for f16")
    for isa, library in seen.libraries.items():
        try:
            library.nan_to_num(half, 1e6, None, None)
            seen.expect(False, f"1e6 is taken for f16 on {isa}")
        except Refused as error:
            seen.expect(error.status == OUT_OF_RANGE, f"{error} on {isa}")


def main() -> int:
    rng, seen = start("cleaning", sys.argv[1], 17)
    named_differences(seen)
    for number in range(CASES):
        compare(seen, strided(some_shape(rng), ALL[number % len(ALL)], rng), rng)
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
