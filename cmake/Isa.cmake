# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors

# One object library an instruction set, each a single unit compiled with its own flags.
#
# Highway picks a lower target without a word when one flag of a target is missing, so each list is
# complete; the unit asserts the target it got, and src/device/cpu/isa.cpp asks the CPU for every
# flag. Optimised in every configuration: without inlining, functions would be emitted that the
# linker could merge with those of another instruction set.
set(isa_flags_scalar -DHWY_COMPILE_ONLY_SCALAR -fno-tree-vectorize)
set(isa_flags_avx2 -mavx2 -mfma -mf16c -mbmi -mbmi2 -maes -mpclmul)
set(isa_flags_avx512 ${isa_flags_avx2} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512cd)
set(isa_flags_neon -march=armv8-a+crypto)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(BITWHERE_ISAS scalar avx2 avx512)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(BITWHERE_ISAS scalar neon)
else()
  message(FATAL_ERROR "bitwhere supports x86-64 and aarch64, not ${CMAKE_SYSTEM_PROCESSOR}")
endif()

# Flags of every unit, also used by the check that compiles the NEON unit on other machines.
set(BITWHERE_ISA_COMMON_FLAGS ${BITWHERE_KERNEL_OPTIMISATION} -ffp-contract=off -fno-exceptions
    -fno-rtti -DHWY_IS_DEBUG_BUILD=0)

function(bitwhere_isa_library isa source)
  add_library(bitwhere_isa_${isa} OBJECT ${source})
  set_target_properties(bitwhere_isa_${isa} PROPERTIES POSITION_INDEPENDENT_CODE ON
                        CXX_VISIBILITY_PRESET hidden)
  target_include_directories(bitwhere_isa_${isa} SYSTEM PRIVATE ${BITWHERE_HIGHWAY_INCLUDE})
  target_compile_options(bitwhere_isa_${isa} PRIVATE ${BITWHERE_ISA_COMMON_FLAGS}
                         ${isa_flags_${isa}})
  target_link_libraries(bitwhere_isa_${isa} PRIVATE bitwhere_arithmetic bitwhere_warnings)
endfunction()
