// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

namespace bitwhere::tool {

/// What helps say of exit_code.
inline constexpr const char* exit_codes =
    "Exit codes:\n"
    "  0    everything was evaluated\n"
    "  1    evaluated, with problems: files without a partner, unreadable files, sizes that\n"
    "       differ, labels outside the classes. Each is listed, and the rest is evaluated all\n"
    "       the same\n"
    "  2    wrong usage, an unknown device, or nothing to evaluate\n"
    "  3    an internal or unexpected error\n"
    "  130  interrupted (Ctrl-C, SIGTERM): what was done until then is reported, marked partial\n";

}  // namespace bitwhere::tool
