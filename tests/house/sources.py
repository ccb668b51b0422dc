# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The files of the repository, and C++ text without what the compiler does not read."""

import os
import re
from pathlib import Path

from commands import run

CPP_SUFFIXES = frozenset({".c", ".cc", ".cpp", ".cu", ".cuh", ".h", ".hpp"})
HEADER_SUFFIXES = frozenset({".cuh", ".h", ".hpp"})

NOT_SOURCE = frozenset({".git", "build", "__pycache__"})


def _walked(root: Path) -> list[Path]:
    files: list[Path] = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in NOT_SOURCE]
        files += [(Path(folder) / name).relative_to(root) for name in names]
    return files


def repository_files(root: Path) -> list[Path]:
    """Tracked files, relative to the root; in an unpacked archive every file."""
    top = run(["git", "-C", root, "rev-parse", "--show-toplevel"])
    if top.returncode == 0 and Path(top.stdout.strip()).resolve() == root.resolve():
        listed = run(["git", "-C", root, "ls-files", "-z"])
        files = [Path(name) for name in listed.stdout.split("\0") if name]
    else:
        files = _walked(root)
    return sorted(file for file in files if (root / file).is_file())


_LITERALS = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'""",
    re.DOTALL | re.VERBOSE)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def without_comments(text: str) -> str:
    """C++ text with comments blanked; lines and columns stay."""
    return _LITERALS.sub(lambda m: _blank(m[0]) if m["comment"] else m[0], text)


def without_comments_and_strings(text: str) -> str:
    """C++ text with comments and literals blanked; lines and columns stay."""
    return _LITERALS.sub(lambda m: _blank(m[0]), text)
