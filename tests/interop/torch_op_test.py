# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The README's custom operation against torch's own: loss, gradient, layouts, all ignored."""

from __future__ import annotations

import math
import sys

try:
    import torch
except ImportError:
    print("skipped: this python3 has no torch")
    sys.exit(77)

from torch_cross_entropy import CrossEntropy

functional = torch.nn.functional


def both(logits, labels, ignored: int, factor: float) -> list[torch.Tensor]:
    """Loss and gradient of either."""
    found = []
    def torchs(x, y, index):
        return functional.cross_entropy(x, y, ignore_index=index)

    for loss in (CrossEntropy.apply, torchs):
        x = logits.clone().requires_grad_()
        value = loss(x, labels, ignored)
        (value * factor).backward()
        found += [value.detach(), x.grad]
    return found


def main() -> int:
    torch.manual_seed(7)
    checked = 0
    for shape in ([9, 5], [2, 21, 6, 7], [3, 1100]):
        for dtype in (torch.float32, torch.float64):
            for last in (False, True):
                logits = torch.randn(shape, dtype=dtype) * 3
                if last and len(shape) == 4:
                    logits = logits.contiguous(memory_format=torch.channels_last)
                labels = torch.randint(0, shape[1], shape[:1] + shape[2:])
                labels.view(-1)[::4] = 255
                loss, gradient, expected, slope = both(logits, labels, 255, -2.5)
                tolerance = 1e-6 if dtype == torch.float32 else 1e-13
                assert torch.allclose(loss, expected, rtol=tolerance), (shape, loss, expected)
                assert torch.allclose(gradient, slope, rtol=1e-4 * tolerance / 1e-6,
                                      atol=tolerance), (shape, dtype)
                assert gradient.stride() == logits.stride()
                checked += 1
    # An ignored row of NaN: torch's gradient is NaN there.
    logits = torch.tensor([[math.nan, 1, 2], [3, 1, 2]], dtype=torch.float32)
    for factor in (1, -2.5, math.inf):
        _, gradient, _, slope = both(logits, torch.tensor([-100, 0]), -100, factor)
        assert torch.equal(gradient[0], torch.zeros(3)), gradient
        assert not bool(torch.signbit(gradient[0]).any()), gradient
        assert bool(slope[0].isnan().all()), slope
    loss, gradient, _, _ = both(logits, torch.tensor([-100, -100]), -100, 1)
    assert bool(loss.isnan()) and torch.equal(gradient, torch.zeros(2, 3))
    try:
        CrossEntropy.apply(logits, torch.tensor([0, 1, 2]))
        raise AssertionError("labels of another shape were taken")
    except RuntimeError as error:
        assert "target" in str(error), error
    print(f"torch_op: {checked} tensors, losses and gradients as torch's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
