# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors

# The version stands once, in the public header.
file(READ ${CMAKE_CURRENT_LIST_DIR}/../include/bitwhere/bitwhere.h header)
set(parts)
foreach(part MAJOR MINOR PATCH)
  if(NOT header MATCHES "#define BITWHERE_VERSION_${part} ([0-9]+)")
    message(FATAL_ERROR "bitwhere.h does not define BITWHERE_VERSION_${part}")
  endif()
  list(APPEND parts ${CMAKE_MATCH_1})
endforeach()
list(JOIN parts . BITWHERE_VERSION)
