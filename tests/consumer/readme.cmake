# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors

# Fails unless the README holds the program, word for word, below its licence head.
file(READ ${README} readme)
file(READ ${PROGRAM} program)
string(REGEX REPLACE "^(//|#) SPDX[^\n]*\n(//|#) Copyright[^\n]*\n" "" program "${program}")
string(FIND "${readme}" "```${LANGUAGE}\n${program}```" at)
if(at EQUAL -1)
  message(FATAL_ERROR "README.md does not hold ${PROGRAM} as its example")
endif()
