#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Makes one folder that proves and measures bitwhere on another machine.

  make_bundle.py <build folder> <output folder>

It holds the test and benchmark programs and the tool of the build, every library they need but
those of glibc, the C++ runtime and the driver, without debug information, the committed digests
and run.sh.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

LIMIT_BYTES = 60 << 20

# Part of the target's system: glibc, the C++ runtime (the build's own may need a newer glibc), and
# what comes with the GPU's driver.
SYSTEM = re.compile(r"^(ld-linux.*|lib(c|m|dl|pthread|rt|stdc\+\+|gcc_s|cuda|nvidia-.*))\.so")

# What the target has at least.
GLIBC = (2, 34)
GLIBCXX = (3, 4, 30)


def programs(build):
    patterns = ("*_test", "bench_*", "bitwhere")
    return sorted({path for pattern in patterns for path in (build / "bin").glob(pattern)
                   if path.is_file()})


def libraries(program):
    """name -> file of what a program loads."""
    out = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    missing = re.findall(r"^\s*(\S+) => not found", out, re.M)
    if missing:
        raise SystemExit(f"{program}: {', '.join(missing)} not found")
    pairs = re.findall(r"^\s*(\S+) => (/\S+)", out, re.M)
    return {name: Path(file) for name, file in pairs if not SYSTEM.match(name)}


def place(source, target):
    shutil.copyfile(source, target)
    target.chmod(0o755)
    subprocess.run(["strip", "--strip-unneeded", target], check=True)


def too_new(file):
    """The symbol versions that a file needs beyond what the target has."""
    out = subprocess.run(["objdump", "-T", file], check=True, capture_output=True, text=True).stdout
    needed = set(re.findall(r"\*UND\*.*?\((GLIBC|GLIBCXX)_([0-9.]+)\)", out))
    there = {"GLIBC": GLIBC, "GLIBCXX": GLIBCXX}
    return sorted(f"{name}_{version}" for name, version in needed
                  if tuple(map(int, version.split("."))) > there[name])


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    build, out = Path(arguments[0]), Path(arguments[1])
    found = programs(build)
    if not any(path.name.startswith("bench_") for path in found):
        raise SystemExit(f"{build}/bin holds no benchmarks: build the preset bench first")
    if out.exists() and not (out / "run.sh").exists() and any(out.iterdir()):
        raise SystemExit(f"{out} is not empty and no bundle")
    shutil.rmtree(out, ignore_errors=True)
    (out / "bin").mkdir(parents=True)
    (out / "lib").mkdir()
    needed = {}
    for program in found:
        place(program, out / "bin" / program.name)
        needed.update(libraries(program))
    for name, file in needed.items():
        place(file, out / "lib" / name)
    shutil.copy2(Path(__file__).with_name("run.sh"), out / "run.sh")
    shutil.copy2(Path(__file__).parents[2] / "tests/parity/golden.txt", out / "golden.txt")
    (out / "run.sh").chmod(0o755)

    files = sorted(path for path in out.rglob("*") if path.is_file())
    for path in files:
        print(f"{path.stat().st_size:>11}  {path.relative_to(out)}")
    for path in files:
        if path.parent != out and (newer := too_new(path)):
            raise SystemExit(f"{path.relative_to(out)} needs {', '.join(newer)}: too new")
    total = sum(path.stat().st_size for path in files)
    print(f"{total:>11}  bytes in all, at most {LIMIT_BYTES}")
    return 0 if total <= LIMIT_BYTES else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
