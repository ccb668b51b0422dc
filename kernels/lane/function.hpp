// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

// Formulas are inlined into the loop or kernel that uses them. On the host always_inline is also
// what keeps a template instantiated in a unit built for AVX-512 from being emitted as a weak
// symbol that the linker could hand to code for another CPU.
#if defined(__CUDA_RUNTIME_H__)
#define BITWHERE_FN __host__ __device__ __forceinline__
#else
#define BITWHERE_FN inline __attribute__((always_inline))
#endif

// Stands before a loop whose body a device compiler would write out so often that it runs out of
// registers.
#if defined(__CUDA_ARCH__)
#define BITWHERE_ROLLED _Pragma("unroll 1")
#else
#define BITWHERE_ROLLED
#endif

// Stands before a template that calls a lambda, which runs where its caller does.
#if defined(__CUDACC__)
#define BITWHERE_VISITOR _Pragma("nv_exec_check_disable")
#else
#define BITWHERE_VISITOR
#endif

#if defined(__FAST_MATH__)
#error "bitwhere promises bits: -ffast-math is not allowed in its build"
#endif
