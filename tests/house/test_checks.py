# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Every check finds the fault that it is there for, and finds nothing in a clean fixture."""

import json
import platform
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from findings import SKIPPED
from sources import without_comments_and_strings

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

CPP_HEAD = "// SPDX-License-Identifier: Apache-2.0\n// Copyright the bitwhere authors\n"
HASH_HEAD = "# SPDX-License-Identifier: Apache-2.0\n# Copyright the bitwhere authors\n"
ABSENT = "/absent/tool"
PRECISE = "--fmad=false -ftz=false -prec-div=true -prec-sqrt=true"


def needs(*tools: str):
    """Skips a test visibly where a tool is absent."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return unittest.skipIf(missing, f"{' '.join(missing)} not found")


class CheckTest(unittest.TestCase):
    """A temporary folder, and checks run on it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8"))
        return file

    def run_check(self, name: str, *arguments: object) -> tuple[int, str]:
        result = subprocess.run(
            [sys.executable, "-B", HERE / f"check_{name}.py", *(str(a) for a in arguments)],
            capture_output=True, text=True, check=False)
        self.assertEqual(result.stderr, "", "a check reports, it does not crash")
        return result.returncode, result.stdout

    def assert_clean(self, name: str, *arguments: object) -> None:
        status, text = self.run_check(name, *arguments)
        self.assertEqual(status, 0, text)

    def assert_finds(self, message: str, name: str, *arguments: object) -> None:
        status, text = self.run_check(name, *arguments)
        self.assertEqual(status, 1, text)
        self.assertIn(message, text)

    def assert_skips(self, name: str, *arguments: object) -> None:
        status, text = self.run_check(name, *arguments)
        self.assertEqual(status, SKIPPED, text)
        self.assertIn("skipped: ", text)

    def compile(self, source: str, output: str, *flags: object) -> Path:
        """Builds a fixture with the host compiler."""
        path = self.root / output
        file = self.write(f"{output}.cpp", source)
        subprocess.run(["g++", file, "-o", path, *(str(f) for f in flags)], check=True)
        return path


class Rules(CheckTest):
    """check_rules.py"""

    def setUp(self) -> None:
        super().setUp()
        self.write("include/bitwhere/bitwhere.h", CPP_HEAD + "".join(
            f"#define BITWHERE_VERSION_{part} {n}\n"
            for n, part in enumerate(("MAJOR", "MINOR", "PATCH"), 1)))
        self.write("CHANGELOG.md", "## 1.2.3\n" + "long " * 50 + "lines are fine here.\n")
        self.write("CMakeLists.txt", HASH_HEAD + "add_compile_options(-fno-fast-math)\n")
        self.write("kernels/lane/clean.hpp", CPP_HEAD + "#pragma once\n"
                   "// printf, std::sort and <<< in a comment\n"
                   "inline void f(void* a, const void* b) { std::memcpy(a, b, 1); }\n")
        self.write("kernels/where/clean.cu", CPP_HEAD + '#include "../lane/clean.hpp"\n'
                   'void g(unsigned* n, float x) { atomicAdd(n, 1u); error.exit("abort(", x); }\n'
                   "V exp(V x) { return L::exp(x) + l.log(x) + p->sqrt(hn::MaxLanes(d)); }\n")
        self.write("src/plan/clean.cpp", CPP_HEAD + '#include "../../kernels/lane/clean.hpp"\n'
                   "void h(char* to) { snprintf(to, 1'0, \"cudaDeviceSynchronize\"); }\n")

    def test_clean(self) -> None:
        self.assert_clean("rules", "--root", self.root)

    def test_each_rule(self) -> None:
        once = CPP_HEAD + "#pragma once\n"
        faulty = (
            ("kernels/a.hpp", once + '#include "../src/plan/x.hpp"\n', 4, "layers"),
            ("include/bitwhere/a.hpp", once + '#include "../../kernels/x.hpp"\n', 4, "layers"),
            ("src/plan/a.cpp", CPP_HEAD + '#include "../device/x.hpp"\n', 3, "layers"),
            ("src/plan/a.cpp", CPP_HEAD + '#include "src/api/x.hpp"\n', 3, "layers"),
            ("src/device/cpu/a.cpp", CPP_HEAD + '#include "../../api/x.hpp"\n', 3, "layers"),
            ("kernels/a.cu", CPP_HEAD + "\nvoid f(float* x) { atomicAdd(x, 1); }\n", 4,
             "float-atomic"),
            ("kernels/a.cu", CPP_HEAD + "auto y = atomicAdd((double*)p, 1);\n", 3, "float-atomic"),
            ("kernels/a.cu", CPP_HEAD + "__shared__ float s[4];\nauto y = atomicAdd(&s[0], 1);\n",
             4, "float-atomic"),
            ("src/device/a.cpp", CPP_HEAD + "auto e = cudaDeviceSynchronize();\n", 3,
             "device-synchronize"),
            ("kernels/a.cu", CPP_HEAD + "void f() { k<<<1, 1>>>(); }\n", 3, "triple-chevron"),
            ("src/api/a.cpp", CPP_HEAD + "void f() { std::printf(text); }\n", 3, "print"),
            ("kernels/a.cu", CPP_HEAD + "auto& out = std::cout;\n", 3, "print"),
            ("src/plan/a.cpp", CPP_HEAD + "void f() { std::abort(); }\n", 3, "abort"),
            ("src/device/a.cpp", CPP_HEAD + "void f() { exit(1); }\n", 3, "abort"),
            ("kernels/lane/a.hpp", once + "auto a = std::fma(1, 2, 3);\n", 4, "lane-std"),
            ("kernels/where/a_cpu.hpp", once + "std::vector<int> v;\n", 4, "lane-std"),
            ("kernels/where/a.cu", CPP_HEAD + "float y = expf(x);\n", 3, "libm"),
            ("kernels/where/a.cu", CPP_HEAD + "auto f() { return log(x); }\n", 3, "libm"),
            ("kernels/where/a.cu", CPP_HEAD + "auto y = __fdividef(a, b);\n", 3, "libm"),
            ("kernels/where/a.cuh", once + "auto y = std::exp(x) + 1;\n", 4, "libm"),
            ("kernels/where/a_formula.hpp", once + "auto y = ::sqrt(x);\n", 4, "libm"),
            ("kernels/where/a.cu", CPP_HEAD + "auto y = fmaxf(a, b);\n", 3, "min-max"),
            ("kernels/where/a.cu", CPP_HEAD + "auto y = max(a, b);\n", 3, "min-max"),
            ("kernels/where/a.cuh", once + "auto y = std::min(a, b);\n", 4, "min-max"),
            ("kernels/where/a_cpu.hpp", once + "auto y = hn::Max(a, b);\n", 4, "min-max"),
            ("kernels/lane/a.hpp", once + "auto y = _mm256_max_ps(a, b);\n", 4, "min-max"),
            ("kernels/lane/a.hpp", once + "auto y = vmaxnmq_f32(a, b);\n", 4, "min-max"),
            ("CMakeLists.txt", HASH_HEAD + "add_compile_options(-ffast-math)\n", 3, "fast-math"),
            ("cmake/a.cmake", HASH_HEAD + "set(flags --use_fast_math)\n", 3, "fast-math"),
            ("include/bitwhere/a.hpp", once + "namespace {\n}\n", 4, "anonymous-namespace"),
            ("src/api/a.cpp", "\nint x;\n", 1, "head"),
            ("tests/a.py", "#!/usr/bin/env python3\nx = 1\n", 2, "head"),
            ("README.md", "# caf\u00e9\n", 1, "ascii"),
            ("src/api/a.cpp", CPP_HEAD + "int x;\r\n", 3, "line-end"),
            ("src/api/a.cpp", CPP_HEAD + "int x;", 3, "line-end"),
            ("src/api/a.cpp", CPP_HEAD + "\tint x;\n", 3, "tab"),
            ("src/api/a.cpp", CPP_HEAD + "int x; \n", 3, "trailing-blank"),
            ("src/api/a.cpp", CPP_HEAD + "// " + "-" * 98 + "\n", 3, "line-length"),
            ("src/api/a.hpp", CPP_HEAD + "int x;\n", 1, "pragma-once"),
            ("src/api/a.cpp", CPP_HEAD + "// TO" "DO later\n", 3, "unfinished"),
            ("README.md", "See /wo" "rk/here.\n", 1, "machine-path"),
            ("README.md", "It takes @SPE" "ED@ seconds.\n", 1, "unfilled"),
        )
        for path, text, line, rule in faulty:
            with self.subTest(rule=rule, path=path):
                before = (self.root / path).read_bytes() if (self.root / path).exists() else None
                file = self.write(path, text)
                self.assert_finds(f"{path}:{line}: [{rule}]", "rules", "--root", self.root)
                file.unlink() if before is None else file.write_bytes(before)

    def test_name(self) -> None:
        self.write("src/api/helpers.hpp", CPP_HEAD + "#pragma once\n")
        self.assert_finds("src/api/helpers.hpp: [name]", "rules", "--root", self.root)

    def test_changelog(self) -> None:
        self.write("CHANGELOG.md", "## 1.2.30\n")
        self.assert_finds("CHANGELOG.md: [changelog] has no section for 1.2.3", "rules",
                          "--root", self.root)

    @needs("git")
    def test_only_tracked_files_count(self) -> None:
        subprocess.run(["git", "-C", self.root, "init", "-q"], check=True)
        subprocess.run(["git", "-C", self.root, "add", "."], check=True)
        self.write("untracked.cpp", "\t")
        self.assert_clean("rules", "--root", self.root)
        subprocess.run(["git", "-C", self.root, "add", "."], check=True)
        self.assert_finds("untracked.cpp:1: [tab]", "rules", "--root", self.root)

    def test_literals_are_no_code(self) -> None:
        text = 'a("x\\"y"); // b\nR"(c\n)" /* d\n */ 1\'000 e \'f\''
        code = without_comments_and_strings(text)
        self.assertEqual(code.split(), ["a(", ");", "1'000", "e"])
        self.assertEqual(code.count("\n"), text.count("\n"))


@needs("clang-format")
class Format(CheckTest):
    """check_format.py"""

    def setUp(self) -> None:
        super().setUp()
        shutil.copy(ROOT / ".clang-format", self.root)
        self.write("clean.cu", "int x = 1;\n")

    def test_clean(self) -> None:
        self.assert_clean("format", "--root", self.root)

    def test_fault(self) -> None:
        self.write("faulty.cuh", "int x = 1;\nint  y  = 1;\n")
        self.assert_finds("faulty.cuh:2: [format]", "format", "--root", self.root)

    def test_nothing_to_check(self) -> None:
        (self.root / "clean.cu").unlink()
        self.assert_finds("no sources", "format", "--root", self.root)

    def test_skip(self) -> None:
        self.assert_skips("format", "--root", self.root, "--clang-format", ABSENT)


@needs("clang-tidy")
class Tidy(CheckTest):
    """check_tidy.py"""

    def arguments(self, text: str) -> list[object]:
        shutil.copy(ROOT / ".clang-tidy", self.root)
        source = self.write("src/api/unit.cpp", text)
        self.write("build/compile_commands.json", json.dumps([
            {"directory": str(self.root), "file": str(source), "command": f"c++ -c {source}"}]))
        return ["tidy", "--root", self.root, "--build", self.root / "build"]

    def test_clean(self) -> None:
        self.assert_clean(*self.arguments("int f(int x) { return x + 1; }\n"))

    def test_fault(self) -> None:
        self.assert_finds("src/api/unit.cpp:3: [bugprone-branch-clone]", *self.arguments(
            "int f(int x);\nint f(int x) {\n  if (x) {\n    return 1;\n  } else {\n"
            "    return 1;\n  }\n}\n"))

    def test_unit_that_does_not_compile(self) -> None:
        self.assert_finds("[clang-diagnostic-error]", *self.arguments("int f( {\n"))

    def test_skip(self) -> None:
        self.assert_skips(*self.arguments(""), "--clang-tidy", ABSENT)


@needs("g++", "nm", "strip", "readelf")
class Library(CheckTest):
    """check_symbols.py and check_size.py"""

    def library(self, source: str, *flags: object) -> Path:
        return self.compile(source, "libfixture.so", "-shared", "-fPIC", "-nostdlib", *flags)

    def symbols(self, source: str, listed: str) -> list[object]:
        return ["symbols", "--library", self.library(source),
                "--expected", self.write("expected.txt", HASH_HEAD + listed)]

    def test_symbols(self) -> None:
        one = 'extern "C" void bw_one() {}\n'
        two = 'extern "C" void other() {}\n'
        self.assert_clean(*self.symbols(one, "bw_one\n"))
        self.assert_finds("[extra-symbol] exports other", *self.symbols(one + two, "bw_one\n"))
        self.assert_finds("expected.txt:4: [missing-symbol] bw_two",
                          *self.symbols(one, "bw_one\nbw_two\n"))
        self.assert_finds("[symbol-name] other", *self.symbols(one + two, "bw_one\nother\n"))

    def test_call_of_libm(self) -> None:
        calls = 'extern "C" double {0}(double{1});\nextern "C" double bw_one(double x) {{\n' \
                "  return {0}(x{2});\n}}\n"
        self.assert_clean(*self.symbols(calls.format("fma", ", double, double", ", x, x"),
                                        "bw_one\n"))
        self.assert_finds("[libm] calls exp", *self.symbols(calls.format("exp", "", ""),
                                                            "bw_one\n"))

    def test_symbols_skip(self) -> None:
        self.assert_skips(*self.symbols("int bw;", ""), "--nm", ABSENT)

    def test_size(self) -> None:
        library = self.library("int x;\n")
        self.assert_clean("size", "--library", library, "--cuda", "none")
        self.assert_finds("[size]", "size", "--library", library, "--cuda", "none",
                          "--most-bytes", 100)
        self.assert_skips("size", "--library", library, "--cuda", "emulated")

    def test_needed(self) -> None:
        self.compile("int y;\n", "libextra.so", "-shared", "-fPIC", "-Wl,-soname,libextra.so.1")
        library = self.library("int x;\n", "-Wl,--no-as-needed", self.root / "libextra.so")
        self.assert_finds("[needed] needs libextra.so.1", "size", "--library", library, "--cuda",
                          "nvcc")


@needs("g++", "nm")
class IsaObjects(CheckTest):
    """check_isa_objects.py"""

    def arguments(self, source: str) -> list[object]:
        return ["isa_objects", "--allowed", HERE / "isa_undefined_symbols.txt",
                self.compile(source, "unit.o", "-c", "-fPIC")]

    def test_clean(self) -> None:
        self.assert_clean(*self.arguments(
            "static int f(const char* a) { return __builtin_memcmp(a, a + 9, 9); }\n"
            "int (*table)(const char*) = f;\n"))

    def test_weak_function(self) -> None:
        self.assert_finds("unit.o: [weak-symbol] defines weak _Z1fv",
                          *self.arguments("inline int f() { return 1; }\nint (*p)() = f;\n"))

    def test_weak_object(self) -> None:
        self.assert_finds("[weak-symbol]", *self.arguments("inline int x = 1;\nint* p = &x;\n"))

    def test_foreign_function(self) -> None:
        self.assert_finds("unit.o: [undefined-symbol] needs _Z1gv",
                          *self.arguments("int g();\nint f() { return g(); }\n"))

    def test_call_of_libm(self) -> None:
        for call in ("expf(x)", "fmaxf(x, 1)", "powf(x, x)"):
            with self.subTest(call):
                self.assert_finds(f"unit.o: [undefined-symbol] needs {call.split('(')[0]}",
                                  *self.arguments("#include <math.h>\n"
                                                  f"float f(float x) {{ return {call}; }}\n"))

    def test_skip(self) -> None:
        self.assert_skips(*self.arguments("int x;"), "--nm", ABSENT)


@needs("g++", "objdump")
@unittest.skipUnless(platform.machine() == "x86_64", "the fixtures are for x86-64")
class Arithmetic(CheckTest):
    """check_arithmetic.py"""

    GUARD = "#ifdef __FAST_MATH__\n#error no\n#endif\n"
    EXACT = "-O2 -mavx2 -mfma -ffp-contract=off"
    FUSED = "-O2 -mavx2 -mfma -ffp-contract=fast"

    def arguments(self, flags: str, object_flags: str, guard: str,
                  allowed: str = "") -> list[object]:
        unit = self.root / "kernels/isa/isa_avx2.cpp"
        self.write("build/compile_commands.json", json.dumps([
            {"directory": str(self.root), "file": str(unit),
             "command": f"/usr/bin/ccache g++ {flags} -o unit.o -c {unit}"}]))
        binary = self.compile("float f(float a, float b, float c) { return a * b + c; }\n",
                              "object.o", "-c", *object_flags.split())
        return ["arithmetic", "--root", self.root, "--build", self.root / "build", "--guard",
                self.write("guard.hpp", guard), "--allowed", self.write("allowed.txt", allowed),
                binary]

    def test_clean(self) -> None:
        self.assert_clean(*self.arguments(self.EXACT, self.EXACT, self.GUARD))

    def test_flags_that_fuse(self) -> None:
        self.assert_finds("kernels/isa/isa_avx2.cpp: [contraction]",
                          *self.arguments(self.FUSED, self.EXACT, self.GUARD))

    def test_object_with_fused_instruction(self) -> None:
        self.assert_finds("object.o: [fused] vfmadd",
                          *self.arguments(self.EXACT, self.FUSED, self.GUARD))
        self.assert_clean(*self.arguments(self.EXACT, self.FUSED, self.GUARD, "f(float, "))

    def test_object_with_approximate_instruction(self) -> None:
        arguments = self.arguments(self.EXACT, self.EXACT, self.GUARD)
        for call, mnemonic in (("_mm_rcp_ss(x)", "rcpss"), ("_mm_rsqrt_ps(x)", "rsqrtps")):
            arguments[-1] = self.compile(
                f"#include <immintrin.h>\n__m128 f(__m128 x) {{ return {call}; }}\n", "approx.o",
                "-c", "-O2")
            self.assert_finds(f"approx.o: [approximate] {mnemonic} in f(", *arguments)

    def test_choice_by_comparison_is_exact(self) -> None:
        arguments = self.arguments(self.EXACT, self.EXACT, self.GUARD)
        arguments[-1] = self.compile("float f(float a, float b) { return a > b ? a : b; }\n",
                                     "choice.o", "-c", "-O2")
        self.assert_clean(*arguments)

    def test_probe_that_shows_nothing(self) -> None:
        self.assert_finds("[probe]", *self.arguments("-O2", self.EXACT, self.GUARD))

    def test_guard_that_lets_fast_math_pass(self) -> None:
        self.assert_finds("guard.hpp: [fast-math] compiles with",
                          *self.arguments(self.EXACT, self.EXACT, ""))

    def test_skip(self) -> None:
        self.assert_skips(*self.arguments(self.EXACT, self.EXACT, self.GUARD), "--objdump", ABSENT)


@needs("g++", "gcc")
class Headers(CheckTest):
    """check_headers.py"""

    def arguments(self, name: str, text: str) -> list[object]:
        self.write(f"include/bitwhere/{name}", text)
        return ["headers", "--include", self.root / "include", "--cxx", "g++", "--cxx", ABSENT,
                "--cc", "gcc"]

    def test_clean(self) -> None:
        self.write("include/bitwhere/a.hpp", "#pragma once\nstruct a {};\n")
        self.assert_clean(*self.arguments("b.h", "/* C */\nint f(void);\n"))

    def test_header_that_leans_on_another(self) -> None:
        self.assert_finds("include/bitwhere/a.hpp:2: [header-alone]", *self.arguments(
            "a.hpp", "#pragma once\ninline std::string f();\n"))

    def test_header_included_twice(self) -> None:
        self.assert_finds("[header-alone]", *self.arguments("a.hpp", "struct a {};\n"))

    def test_c_header_that_is_cpp(self) -> None:
        self.assert_finds("as c99 by gcc", *self.arguments("b.h", "int f(bool x);\n"))

    def test_skip(self) -> None:
        self.assert_skips("headers", "--include", self.root, "--cxx", ABSENT)


@needs("nvcc", "c++filt")
class Kernels(CheckTest):
    """check_kernels.py"""

    PLAIN = "__global__ void plain(int* x) { x[threadIdx.x] *= 3; }\n"
    LOCAL = ("__global__ void local(int* x) {\n  int a[64];\n"
             "  for (int i = 0; i < 64; ++i) a[i] = x[i];\n"
             "  for (int i = 0; i < 64; ++i) x[i] = a[x[i] & 63];\n}\n")

    def arguments(self, source: str, ceilings: dict[str, dict[str, int]]) -> list[object]:
        return ["kernels", "--root", self.root, "--flags=-O3", "--architectures", "75",
                "--ceilings", self.write("ceilings.json", json.dumps(ceilings)),
                self.write("unit.cu", source)]

    def test_clean(self) -> None:
        self.assert_clean(*self.arguments(self.PLAIN, {"plain": {"registers": 16}}))

    def test_registers(self) -> None:
        self.assert_finds("unit.cu: [registers] plain on sm_75:",
                          *self.arguments(self.PLAIN, {"pl*": {"registers": 1}}))

    def test_ceiling_without_kernel_and_kernel_without_ceiling(self) -> None:
        arguments = self.arguments(self.PLAIN, {"other": {"registers": 16}})
        self.assert_finds("[no-ceiling] plain", *arguments)
        self.assert_finds("[no-kernel] other", *arguments)

    def test_ceilings_that_leave_room(self) -> None:
        arguments = self.arguments(self.PLAIN, {"plain": {"registers": 136},
                                                "p*": {"registers": 16}})
        self.assert_finds("[ceiling-too-high] plain", *arguments)
        self.assert_finds("[two-ceilings]", *arguments)

    def test_stack(self) -> None:
        self.assert_finds("[stack-bytes] local on sm_75: 256, at most 0",
                          *self.arguments(self.LOCAL, {"local": {"registers": 128}}))
        self.assert_clean(*self.arguments(
            self.LOCAL, {"local": {"registers": 128, "stack_bytes": 256}}))

    def test_spills(self) -> None:
        source = ("__global__ void __launch_bounds__(1024, 1) spilling(double* x) {\n"
                  "  double a[64];\n#pragma unroll\n"
                  "  for (int i = 0; i < 64; ++i) a[i] = x[i * 1024 + threadIdx.x];\n"
                  "  __syncthreads();\n#pragma unroll\n"
                  "  for (int i = 0; i < 64; ++i) x[i * 999] = a[i] * a[63 - i];\n}\n")
        self.assert_finds("[spill-bytes] spilling on sm_75",
                          *self.arguments(source, {"spilling": {"registers": 128}}))

    def test_every_architecture(self) -> None:
        self.write("kernels/a.cuh", "#if __CUDA_ARCH__ >= 800\n#endif\n")
        arguments = self.arguments(
            "__global__ void plain(int* x) {\n#if __CUDA_ARCH__ >= 800\n  int a[64];\n"
            "  for (int i = 0; i < 64; ++i) a[i] = x[i];\n"
            "  for (int i = 0; i < 64; ++i) x[i] = a[x[i] & 63];\n#endif\n}\n",
            {"plain": {"registers": 128}})
        status, text = self.run_check(*arguments, "--architectures", "75,80,86")
        self.assertEqual(status, 1)
        self.assertEqual([line.split(":")[1].strip() for line in text.splitlines()
                          if "[stack-bytes]" in line],
                         ["[stack-bytes] plain on sm_80", "[stack-bytes] plain on sm_86"])

    def test_unit_that_does_not_compile(self) -> None:
        self.assert_finds("unit.cu: [compile] sm_75", *self.arguments("void f( {\n", {}))

    def test_skip(self) -> None:
        self.assert_skips(*self.arguments("", {}), "--nvcc", ABSENT)


@needs("nvcc", "c++filt")
class Ptx(CheckTest):
    """check_ptx.py"""

    def arguments(self, statement: str, flags: str = PRECISE) -> list[object]:
        return ["ptx", "--root", self.root, f"--flags={flags}", self.write(
            "unit.cu", f"__global__ void k(float* x) {{\n  {statement}\n}}\n")]

    def test_clean(self) -> None:
        self.assert_clean(*self.arguments("x[0] = x[1] * x[2] + x[3] / __fmaf_rn(x[0], 2, 3);"))

    def test_faulty_sources(self) -> None:
        for statement, rule in (("atomicAdd(x, 1.0f);", "ptx-float-atomic"),
                                ("x[0] = __fdividef(x[1], x[2]);", "ptx-approx"),
                                ("x[0] = rsqrtf(x[1]);", "ptx-approx"),
                                ("x[0] = sinf(x[1]);", "ptx-library"),
                                ("x[0] = x[1] > 0 ? max(x[1], x[2]) : 0;", "ptx-min-max")):
            with self.subTest(rule):
                self.assert_finds(f"[{rule}]", *self.arguments(statement))

    def test_inlined_functions_of_the_library(self) -> None:
        for call in ("logf(x[1])", "exp((double)x[1])", "fmaxf(x[1], x[2])", "sqrtf(x[1])"):
            with self.subTest(call):
                self.assert_finds(f"unit.cu:2: [ptx-library] {call.split('(')[0]} has",
                                  *self.arguments(f"x[0] = {call};"))
        self.assert_clean(*self.arguments("x[0] = fmaf(x[1], x[2], __fsqrt_rn(x[3]));"))

    def test_names_the_source_line(self) -> None:
        self.assert_finds("unit.cu:3: [ptx-approx] compute_75, k: ",
                          *self.arguments("\n  x[0] = __expf(x[1]);"))

    def test_faulty_flags(self) -> None:
        for flags, rule in (("--fmad=true", "ptx-unrounded"), ("-ftz=true", "ptx-ftz"),
                            ("-prec-div=false", "ptx-full"),
                            ("-prec-sqrt=false", "ptx-approx")):
            with self.subTest(flags):
                status, text = self.run_check(*self.arguments(
                    "x[0] = x[1] * (x[2] / x[3]); x[4] = sqrtf(x[5]);", f"{PRECISE} {flags}"))
                self.assertEqual(status, 1, text)
                self.assertIn("flags: [ptx-flags]", text)
                self.assertIn(f"unit.cu:2: [{rule}]", text)

    def test_skip(self) -> None:
        self.assert_skips(*self.arguments(""), "--nvcc", ABSENT)


class Neon(CheckTest):
    """check_neon.py"""

    def arguments(self, unit: str = "int x;\n", host: str = "int y;\n") -> list[object]:
        self.write("kernels/isa/isa_neon.cpp", unit)
        self.write("src/plan/host.cpp", host)
        self.write("src/device/cuda/left_out.cpp", "no C++\n")
        self.write("include/bitwhere/bitwhere.h", "")
        self.write("places/hwy/highway.h", "")
        return ["neon", "--root", self.root, "--flags=-O2", "--headers", self.root / "places",
                "--allowed", HERE / "isa_undefined_symbols.txt",
                "--fused", HERE / "fused_functions.txt", "--work", self.root / "work"]

    @needs("aarch64-linux-gnu-g++")
    def test_clean(self) -> None:
        self.assert_clean(*self.arguments("#include <hwy/highway.h>\nint x;\n"))

    @needs("aarch64-linux-gnu-g++")
    def test_weak_symbol(self) -> None:
        self.assert_finds("kernels/isa/isa_neon.cpp: [weak-symbol]", *self.arguments(
            "inline int f() { return 1; }\nint (*p)() = f;\n"))

    @needs("aarch64-linux-gnu-g++")
    def test_inexact_instructions(self) -> None:
        for unit, finding in (
                ("float f(float a, float b) { return __builtin_fmaxf(a, b); }\n",
                 "[min-max] fmaxnm in f(float, float)"),
                ("float f(float a, float b) { return __builtin_fmaf(a, b, a); }\n",
                 "[fused] fmadd in f(float, float)"),
                ("#include <arm_neon.h>\nfloat f(float a) { return vrecpes_f32(a); }\n",
                 "[approximate] frecpe in f(float)")):
            with self.subTest(finding):
                self.assert_finds(f"kernels/isa/isa_neon.cpp: {finding}", *self.arguments(unit))

    @needs("aarch64-linux-gnu-g++")
    def test_host_unit_with_warning(self) -> None:
        self.assert_finds("src/plan/host.cpp: [aarch64]", *self.arguments(
            host="short f(int x) { return x; }\n"))

    def test_skip(self) -> None:
        self.assert_skips(*self.arguments(), "--compiler", ABSENT)


if __name__ == "__main__":
    unittest.main()
