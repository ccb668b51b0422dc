# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors

# The library: oneTBB at run time, Highway's headers at build time.
find_package(TBB REQUIRED COMPONENTS tbb)

# hwy::hwy is Highway's own shared library, which nothing here needs: its headers are enough.
find_path(BITWHERE_HIGHWAY_INCLUDE hwy/highway.h REQUIRED)
mark_as_advanced(BITWHERE_HIGHWAY_INCLUDE)

if(BITWHERE_BUILD_TOOL)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(SPNG REQUIRED IMPORTED_TARGET spng)
  pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
  pkg_check_modules(TURBOJPEG REQUIRED IMPORTED_TARGET libturbojpeg)
  find_package(fmt REQUIRED)
  find_package(nlohmann_json REQUIRED)
  find_package(CLI11 REQUIRED)
endif()
if(BITWHERE_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_package(Python3 COMPONENTS Interpreter)
endif()
if(BITWHERE_BUILD_BENCH)
  find_package(benchmark REQUIRED)
endif()
