// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
//
// A CUDA runtime that runs on the CPU. Kernels written in the portable subset below compile as
// plain C++ against this header: one fiber a CUDA thread, checked collectives, guarded memory.
// Not offered, so that a use does not compile: <<<>>>, inline PTX, cooperative groups, textures,
// `extern __shared__`, approximate math and floating-point atomics.
#pragma once
#define __CUDA_RUNTIME_H__

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "simt/arithmetic.hpp"
#include "simt/atomics.hpp"
#include "simt/builtin_variables.hpp"
#include "simt/cache_hints.hpp"
#include "simt/collectives.hpp"
#include "simt/conversions.hpp"
#include "simt/integer_intrinsics.hpp"
#include "simt/launch.hpp"
#include "simt/qualifiers.hpp"
#include "simt/runtime_api.hpp"
#include "simt/runtime_types.hpp"
#include "simt/shared_memory.hpp"
#include "simt/vector_types.hpp"
