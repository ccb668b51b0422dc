# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The house rules that a pattern in one line can tell."""

import re
from dataclasses import dataclass
from enum import Enum

CPP = r"\.(c|cc|cpp|cu|cuh|h|hpp)$"
PRODUCT = r"^(include|kernels|src/(api|plan|device))/.*" + CPP


class View(Enum):
    """What of a file a pattern is applied to."""

    TEXT = 0
    CODE = 1  # C++ without comments and literals


@dataclass(frozen=True)
class Rule:
    """Lines of the files whose path matches `files` must not match `pattern`."""

    name: str
    files: re.Pattern[str]
    pattern: re.Pattern[str]
    text: str
    view: View = View.CODE


def _rule(name: str, files: str, pattern: str, text: str, view: View = View.CODE) -> Rule:
    return Rule(name, re.compile(files), re.compile(pattern), text, view)


# Functions of libm. With a suffix they are nothing else; without one, a lane's member may have the
# name (L::exp), so that only what calls without a scope is meant.
_LIBM = (r"(?:exp(?:2|10|m1)?|log(?:2|10|1p|b)?|pow|sqrt|rsqrt|cbrt|rcbrt|hypot|a?(?:sin|cos|tan)h?"
         r"|atan2|sincos|sinpi|cospi|erfc?|[tl]gamma|fmod|remainder|fdim)")
_CALLS = r"(?:\breturn\b|[=(,;?!&|{<+\-*/]|(?<!-)>|(?<!:):)\s*"
_KERNELS = r"^kernels/.*" + CPP

LINE_RULES = (
    _rule("ascii", r"", r"[^\x00-\x7f]", "a byte that is not ASCII", View.TEXT),
    _rule("line-end", r"", r"\r", "a carriage return; lines end in LF", View.TEXT),
    _rule("tab", r"", r"\t", "a tab", View.TEXT),
    _rule("trailing-blank", r"", r"[ \t]$", "blanks at the end of the line", View.TEXT),
    _rule("line-length", r"(?<!\.md)(?<!\.json)$", r"^.{101}", "longer than 100 columns",
          View.TEXT),
    _rule("unfinished", r"", r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b",
          "unfinished work does not stay in the sources", View.TEXT),
    _rule("unfilled", r"\.(md|json)$", r"@[A-Z_]{2,}@",
          "a name between @ that was never filled in", View.TEXT),
    _rule("machine-path", r"", r"(?<![\w.~}])/(?:work|root|home)/", "a path of one machine",
          View.TEXT),
    _rule("fast-math", r"(^|/)CMake(Lists\.txt|Presets\.json)$|\.cmake$",
          r"(?<!no)-ffast-math|use_fast_math|-Ofast|-funsafe-math|-ffinite-math"
          r"|-fassociative-math|-freciprocal-math",
          "gives up the bits that the library promises", View.TEXT),
    _rule("device-synchronize", PRODUCT, r"\bcudaDeviceSynchronize\b",
          "waits for streams that are not the caller's; use the context's stream"),
    _rule("triple-chevron", PRODUCT, r"<<<", "launch through kernels/launch.cuh"),
    _rule("print", PRODUCT,
          r"(?<![.>\w])(?:v?f?printf|f?puts|f?putc|putchar|perror)\s*\("
          r"|\bstd::(?:cout|cerr|clog)\b",
          "the library never prints"),
    _rule("abort", PRODUCT,
          r"(?<![.>\w])(?:abort|_?exit|_Exit|quick_exit)\s*\(|\bstd::terminate\b",
          "the library never ends the process"),
    _rule("lane-std", r"^kernels/(lane/.*|.*_cpu\.hpp$)", r"\bstd::(?!memcpy\b)\w+",
          "the standard library leaves weak symbols in ISA units; formulas use the lane's members"),
    _rule("libm", _KERNELS,
          r"(?<![\w.:>])(?:__builtin_)?" + _LIBM + r"[fl]\s*\(|\bstd::" + _LIBM + r"[fl]?\s*\("
          r"|(?<![\w>])::" + _LIBM + r"[fl]?\s*\(|" + _CALLS + _LIBM + r"\s*\("
          r"|\b__(?:" + _LIBM + r"|tanh|fdivide|frsqrt_rn)f?\s*\(",
          "libm and CUDA's library have other last bits; formulas use the lane's members"),
    _rule("min-max", _KERNELS,
          r"(?:\b|__builtin_)f(?:max|min)[fl]?\s*\(|\b__h(?:max|min)\w*\s*\("
          r"|_mm\w*_(?:max|min)_[ps][sdh]\b|\bv(?:p?max|p?min)(?:nm)?v?q?_f\d+\b",
          "NaN and the sign of zero come out otherwise on each device"),
    _rule("min-max", r"^kernels/(?!lane/).*" + CPP,
          r"\bstd::(?:max|min|minmax|clamp)\b|\bhn::(?:Max|Min)(?!Lanes)\w*\s*\("
          r"|(?<![\w.:>])(?:max|min)\s*\(",
          "on floats another answer on each device; a lane's member decides the cases"),
    _rule("anonymous-namespace", r"^include/.*" + CPP, r"\bnamespace\s*(?:\{|$)",
          "an anonymous namespace in a public header is another one in every unit"),
)
