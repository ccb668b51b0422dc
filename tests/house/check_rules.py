# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""House rules that a compiler does not know: who includes whom, what the library never calls, and
how files begin and are named."""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from findings import Finding, conclude
from rule_table import LINE_RULES, PRODUCT, View
from sources import (CPP_SUFFIXES, HEADER_SUFFIXES, repository_files, without_comments,
                     without_comments_and_strings)

# Includes point downward only: files below the first include nothing below the others.
LAYERS = {
    "kernels/": ("src/",),
    "include/": ("src/", "kernels/"),
    "src/plan/": ("src/device/", "src/api/", "src/tool/"),
    "src/device/": ("src/api/", "src/tool/"),
    "src/api/": ("src/tool/",),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')

SOURCE_SUFFIXES = CPP_SUFFIXES | {".cmake", ".in", ".py", ".sh", ".version"}
HEAD = (re.compile(r"^(#|//|/\*) SPDX-License-Identifier: Apache-2\.0( \*/)?$"),
        re.compile(r"^(#|//|/\*) Copyright the bitwhere authors( \*/)?$"))
ONCE = re.compile(r"^#pragma once$", re.MULTILINE)
# C knows no pragma once.
GUARDED = frozenset({"include/bitwhere/bitwhere.h"})

NAMELESS = frozenset({"util", "utils", "utility", "utilities", "common", "helper", "helpers",
                      "misc", "miscellaneous"})

ATOMIC = re.compile(r"\batomicAdd(?:_block|_system)?\s*(<[^>]*>)?\s*\(\s*([^,;]*),")
FLOAT = r"\b(?:float|double|__half2?|__nv_bfloat162?)\b"
FLOAT_CAST = re.compile(FLOAT + r"\s*\*")
FLOAT_NAME = re.compile(FLOAT + r"[\s*]*(?:const|__restrict__|[\s*&])*\b(\w+)\s*[,);=\[{]")

VERSION = re.compile(r"^#define BITWHERE_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", re.MULTILINE)
VERSION_HEADER = "include/bitwhere/bitwhere.h"


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def include_findings(path: str, code: str) -> Iterator[Finding]:
    """Includes that point upward."""
    forbidden = [folder for below, above in LAYERS.items() if path.startswith(below)
                 for folder in above]
    for number, line in enumerate(code.splitlines(), 1):
        if included := INCLUDE.match(line):
            beside = os.path.normpath(PurePosixPath(path).parent / included[1])
            for folder in forbidden:
                if beside.startswith(folder) or included[1].startswith(folder):
                    yield Finding(path, number, "layers", f"includes {included[1]} of {folder}")


def atomic_findings(path: str, code: str) -> Iterator[Finding]:
    """atomicAdd on floating point, as far as the text tells; the PTX tells the rest."""
    floats = set(FLOAT_NAME.findall(code))
    for call in ATOMIC.finditer(code):
        target = re.search(r"\w+", call[2])
        named = target is not None and target[0] in floats
        if named or FLOAT_CAST.search(call[2]) or re.search(FLOAT, call[1] or ""):
            yield Finding(path, line_of(code, call.start()), "float-atomic",
                          "atomicAdd on floating point adds in any order")


def line_findings(path: str, views: dict[View, str]) -> Iterator[Finding]:
    """The rules of the table."""
    for rule in LINE_RULES:
        if rule.view in views and rule.files.search(path):
            for number, line in enumerate(views[rule.view].split("\n"), 1):
                if rule.pattern.search(line):
                    yield Finding(path, number, rule.name, rule.text)


def head_findings(path: str, text: str) -> Iterator[Finding]:
    """The two-line head, below #! where there is one."""
    lines = text.split("\n")
    first = 1 if lines[0].startswith("#!") else 0
    head = lines[first:first + len(HEAD)]
    if len(head) < len(HEAD) or not all(p.match(line) for p, line in zip(HEAD, head)):
        yield Finding(path, first + 1, "head", "does not begin with the SPDX and copyright lines")


def file_findings(path: str, data: bytes) -> Iterator[Finding]:
    """Every rule about one file."""
    name = PurePosixPath(path)
    for part in name.parts:
        if part.split(".")[0].lower() in NAMELESS:
            yield Finding(path, 0, "name", f"{part} says nothing about what is in it")
    if b"\0" in data:
        return
    text = data.decode("latin-1")
    views = {View.TEXT: text}
    if name.suffix in CPP_SUFFIXES:
        views[View.CODE] = without_comments_and_strings(text)
        yield from include_findings(path, without_comments(text))
        if re.search(PRODUCT, path):
            yield from atomic_findings(path, views[View.CODE])
    yield from line_findings(path, views)
    if text and not text.endswith("\n"):
        yield Finding(path, line_of(text, len(text)), "line-end", "the last line does not end")
    if name.suffix in SOURCE_SUFFIXES or name.name == "CMakeLists.txt" or text.startswith("#!"):
        yield from head_findings(path, text)
    if name.suffix in HEADER_SUFFIXES and path not in GUARDED and not ONCE.search(text):
        yield Finding(path, 1, "pragma-once", "a header without #pragma once")


def changelog_findings(root: Path) -> Iterator[Finding]:
    """A changelog that nobody checks stops being written."""
    header = root / VERSION_HEADER
    version = ".".join(VERSION.findall(header.read_text("latin-1"))) if header.is_file() else ""
    changelog = root / "CHANGELOG.md"
    if not version:
        yield Finding(VERSION_HEADER, 0, "changelog", "defines no version")
    elif not changelog.is_file():
        yield Finding("CHANGELOG.md", 0, "changelog", "is not there")
    elif not re.search(rf"^## \[?v?{re.escape(version)}(?![\d.])", changelog.read_text("latin-1"),
                       re.MULTILINE):
        yield Finding("CHANGELOG.md", 0, "changelog", f"has no section for {version}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    root = parser.parse_args().root.resolve()
    files = repository_files(root)
    found = list(changelog_findings(root))
    for file in files:
        found += file_findings(file.as_posix(), (root / file).read_bytes())
    return conclude("rules", found, f"{len(files)} files")


if __name__ == "__main__":
    sys.exit(main())
