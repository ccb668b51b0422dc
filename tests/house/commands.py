# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Running compilers and binary tools: found once, run side by side, in one language."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from findings import skip

Result = subprocess.CompletedProcess[str]


def find_or_skip(tool: str) -> str:
    """The path of a tool; without it the check is skipped."""
    path = shutil.which(tool)
    if path is None:
        skip(f"{tool} was not found")
    return path


def run(command: Sequence[str | Path], directory: Path | None = None) -> Result:
    """Runs a command to its end, whatever its status, and keeps what it wrote."""
    environment = os.environ | {"LC_ALL": "C"}
    return subprocess.run([str(word) for word in command], cwd=directory, env=environment,
                          capture_output=True, text=True, errors="replace", check=False)


def run_all(commands: Sequence[Sequence[str | Path]], jobs: int) -> list[Result]:
    """Runs commands, `jobs` at a time; results in the order of the commands."""
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        return list(pool.map(run, commands))


def output_of(command: Sequence[str | Path]) -> str:
    """What a command that must succeed writes."""
    result = run(command)
    if result.returncode != 0:
        words = " ".join(str(word) for word in command)
        raise RuntimeError(f"{words}\n{result.stdout}{result.stderr}")
    return result.stdout
