# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors

# Runs PROGRAM on RANKS processes by MPIEXEC (with its FLAG for their number): it must print the
# bytes of the file EXPECTED. Options are given by the environment, where one MPI ignores another's.
set(ENV{OMPI_ALLOW_RUN_AS_ROOT} 1)
set(ENV{OMPI_ALLOW_RUN_AS_ROOT_CONFIRM} 1)
set(ENV{OMPI_MCA_rmaps_base_oversubscribe} 1)
set(ENV{PRTE_MCA_rmaps_default_mapping_policy} :oversubscribe)
execute_process(COMMAND ${MPIEXEC} ${FLAG} ${RANKS} ${PROGRAM}
                OUTPUT_VARIABLE printed RESULT_VARIABLE code)
file(READ ${EXPECTED} expected)
message("${printed}")
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${RANKS} processes: ended with ${code}")
endif()
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "${RANKS} processes print something else than\n${expected}")
endif()
