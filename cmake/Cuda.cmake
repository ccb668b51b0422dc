# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors

# Decides what serves the CUDA code: nvcc, the emulator of the tests, or nothing.
# Sets BITWHERE_CUDA_KIND to nvcc, emulated or none, and makes the interface target
# bitwhere_cuda_runtime that host code links.

# Every supported generation as machine code, and PTX that later ones can compile. PTX of 10.0 also
# covers 11.0, which that of 12.0 would not.
set(BITWHERE_CUDA_ARCHITECTURES 75-real 80-real 86-real 90-real 100 120-real)

set(BITWHERE_CUDA_KIND none)
add_library(bitwhere_cuda_runtime INTERFACE)

if(BITWHERE_EMULATED)
  set(BITWHERE_CUDA_KIND emulated)
  target_link_libraries(bitwhere_cuda_runtime INTERFACE bitwhere_simt)
elseif(NOT BITWHERE_CUDA STREQUAL "OFF")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    # As a subdirectory the choice of the project above is about its own code, not about ours.
    if(NOT PROJECT_IS_TOP_LEVEL OR NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES ${BITWHERE_CUDA_ARCHITECTURES})
    endif()
    find_package(CUDAToolkit)
  endif()
  if(CMAKE_CUDA_COMPILER AND CUDAToolkit_VERSION VERSION_GREATER_EQUAL 13.0)
    enable_language(CUDA)
    set(BITWHERE_CUDA_KIND nvcc)
    target_link_libraries(bitwhere_cuda_runtime INTERFACE CUDA::cudart_static)
  elseif(CMAKE_CUDA_COMPILER AND BITWHERE_CUDA STREQUAL "ON")
    message(FATAL_ERROR "BITWHERE_CUDA=ON needs CUDA 13, found ${CUDAToolkit_VERSION}")
  elseif(CMAKE_CUDA_COMPILER)
    message(STATUS "bitwhere: CUDA ${CUDAToolkit_VERSION} is older than 13 and left out")
  elseif(BITWHERE_CUDA STREQUAL "ON")
    message(FATAL_ERROR "BITWHERE_CUDA=ON, but no nvcc was found; set CUDACXX or PATH")
  endif()
endif()
message(STATUS "bitwhere: CUDA code served by ${BITWHERE_CUDA_KIND}")

# Never contracted, never flushed, IEEE division and square root: what numbers mean is part of the
# interface. The flags are repeated by the checks that compile kernels on their own.
set(BITWHERE_NVCC_FLAGS --fmad=false -ftz=false -prec-div=true -prec-sqrt=true
    --compress-mode=size)

# Makes `target`, whose sources are .cu files, compile by what was chosen.
function(bitwhere_cuda_target target)
  if(BITWHERE_CUDA_KIND STREQUAL "nvcc")
    set_target_properties(${target} PROPERTIES CUDA_VISIBILITY_PRESET hidden)
    # CMake 3.25 does not know that nvcc speaks C++20, so the flag is spelt out.
    target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20>
      $<$<COMPILE_LANGUAGE:CUDA>:${BITWHERE_NVCC_FLAGS}>
      $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-ffp-contract=off,-Wall,-Wextra,-Wconversion>
      $<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${BITWHERE_WERROR}>>:--Werror=all-warnings>)
  else()
    get_target_property(sources ${target} SOURCES)
    set_source_files_properties(${sources} TARGET_DIRECTORY ${target} PROPERTIES LANGUAGE CXX
                                COMPILE_OPTIONS "-xc++;${BITWHERE_KERNEL_OPTIMISATION}")
  endif()
  target_link_libraries(${target} PRIVATE bitwhere_cuda_runtime)
endfunction()
