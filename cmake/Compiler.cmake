# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors

# Flags on interface targets, so that nothing leaks into a project that includes this one.

# Without these the compiler fuses a*b+c where it likes, and results depend on the compiler.
add_library(bitwhere_arithmetic INTERFACE)
target_compile_features(bitwhere_arithmetic INTERFACE cxx_std_20)
target_compile_options(bitwhere_arithmetic INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off>
  $<$<COMPILE_LANGUAGE:CXX>:-fno-fast-math>)

add_library(bitwhere_warnings INTERFACE)
target_compile_options(bitwhere_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wconversion;-Wshadow>
  # GCC 12 follows no values far enough at -O1, and there sees overflows that are not.
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-stringop-overflow>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${BITWHERE_WERROR}>>:-Werror>)

# What computes is optimised alike in every configuration, for Isa.cmake's reason; but what the
# address sanitizer adds would take twice the time to compile at -O2.
set(BITWHERE_KERNEL_OPTIMISATION -O2)

# BITWHERE_SANITIZE is set by presets: "address,undefined" or "thread".
set(BITWHERE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")
if(BITWHERE_SANITIZE)
  if(BITWHERE_SANITIZE MATCHES "address")
    set(BITWHERE_KERNEL_OPTIMISATION -O1)
  endif()
  # GCC follows no values through what sanitizers add, and warns of optionals that are never read.
  add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-Wno-maybe-uninitialized>)
  add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-fsanitize=${BITWHERE_SANITIZE}>
                      $<$<COMPILE_LANGUAGE:C,CXX>:-fno-sanitize-recover=all>
                      $<$<COMPILE_LANGUAGE:C,CXX>:-fno-omit-frame-pointer>)
  add_link_options(-fsanitize=${BITWHERE_SANITIZE})
endif()

# ccache where it is there.
find_program(BITWHERE_CCACHE ccache)
mark_as_advanced(BITWHERE_CCACHE)
if(BITWHERE_CCACHE AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BITWHERE_CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${BITWHERE_CCACHE})
endif()
