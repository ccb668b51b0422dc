# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Instructions in object files whose results are not what IEEE 754 says of the source.

x86's vmaxps and vminps are not among them: compilers use them for `a > b ? a : b`, which is what
they mean. The instructions of that name on aarch64 mean something else, and no expression of C++
is compiled to them.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from commands import output_of
from findings import Finding

FUSED = re.compile(r"^vf(?:n?m(?:add|sub)|maddsub|msubadd)\w*$|^fml[as]$|^fn?m(?:add|sub)$")
APPROXIMATE = re.compile(r"^v?r(?:cp|sqrt)(?:14|28)?[ps][sdh]$|^vexp2p[sd]$|^f(?:recp|rsqrt)[esx]$")
EXTREME = re.compile(r"^f(?:max|min)(?:nm)?[pv]?$")
RULES = (("fused", FUSED), ("approximate", APPROXIMATE), ("min-max", EXTREME))
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s*[0-9a-f]+:\s+(\S+)")


def instructions_in(objdump: str, binary: Path) -> Iterator[tuple[str, str]]:
    """Function and mnemonic of every instruction."""
    function = ""
    for line in output_of([objdump, "-d", "-C", "--no-show-raw-insn", binary]).splitlines():
        if entered := FUNCTION.match(line):
            function = entered[1]
        elif at := INSTRUCTION.match(line):
            yield function, at[1]


def fused_in(objdump: str, binary: Path) -> list[tuple[str, str]]:
    """Function and mnemonic of every fused instruction."""
    return [each for each in instructions_in(objdump, binary) if FUSED.match(each[1])]


def inexact_findings(place: str, objdump: str, binary: Path,
                     may_fuse: Iterable[str]) -> Iterator[Finding]:
    """What must not be in the object of an ISA unit; functions of the list may fuse."""
    names = list(may_fuse)
    for function, mnemonic in instructions_in(objdump, binary):
        for rule, pattern in RULES:
            allowed = rule == "fused" and any(name in function for name in names)
            if pattern.match(mnemonic) and not allowed:
                yield Finding(place, 0, rule, f"{mnemonic} in {function}")
