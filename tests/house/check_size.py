# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The shared library stays small and needs no library beyond oneTBB and the compiler's own."""

import argparse
import re
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

from commands import find_or_skip, output_of
from findings import Finding, conclude, skip

# Bytes of the stripped library by what serves the CUDA code.
MOST_BYTES = {"none": 1_500_000, "nvcc": 12_000_000}
LIBRARIES = ("libtbb.so.12", "libstdc++.so.6", "libgcc_s.so.1", "libc.so.6", "libm.so.6",
             "ld-linux*.so.*", "libdl.so.2", "librt.so.1", "libpthread.so.0")
NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--cuda", required=True, help="what serves the CUDA code")
    parser.add_argument("--most-bytes", type=int, help="instead of the product's limit")
    arguments = parser.parse_args()
    if arguments.cuda not in MOST_BYTES:
        skip(f"CUDA code served by {arguments.cuda} is not shipped")
    strip, readelf = find_or_skip("strip"), find_or_skip("readelf")
    name = arguments.library.name
    most = arguments.most_bytes or MOST_BYTES[arguments.cuda]
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "stripped.so"
        output_of([strip, "-o", stripped, arguments.library])
        size = stripped.stat().st_size
    found: list[Finding] = []
    if size > most:
        found.append(Finding(name, 0, "size", f"{size} bytes stripped, at most {most} allowed"))
    needed = NEEDED.findall(output_of([readelf, "-d", arguments.library]))
    found += [Finding(name, 0, "needed", f"needs {library}") for library in needed
              if not any(fnmatchcase(library, allowed) for allowed in LIBRARIES)]
    return conclude("size", found, f"{size} bytes of {most}, {len(needed)} libraries")


if __name__ == "__main__":
    sys.exit(main())
