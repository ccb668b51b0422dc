// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

// Device and host code are the same code here, so most qualifiers vanish. A `__constant__` table
// stays an ordinary object; a `__device__` variable likewise.
#define __global__
#define __device__
#define __host__
#define __constant__
#define __grid_constant__
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(bytes) __attribute__((aligned(bytes)))
