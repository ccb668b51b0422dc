# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors

# The installed tree: library, headers, tool, CMake package, pkg-config file.
include(CMakePackageConfigHelpers)

install(TARGETS bitwhere EXPORT bitwhere
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/bitwhere DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT bitwhere NAMESPACE bitwhere:: FILE bitwhereTargets.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bitwhere)

configure_package_config_file(cmake/bitwhereConfig.cmake.in bitwhereConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bitwhere)
write_basic_package_version_file(bitwhereConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/bitwhereConfig.cmake
              ${PROJECT_BINARY_DIR}/bitwhereConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bitwhere)

# Relative to the .pc file, so that the tree may be moved.
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(BITWHERE_PC_PREFIX "\${pcfiledir}/${up}")
# What linking the static library needs besides oneTBB (pkg-config --static): libm for fma, where a
# CPU may be without it.
set(BITWHERE_PC_PRIVATE "-lstdc++ -lm")
if(BITWHERE_CUDA_KIND STREQUAL "nvcc")
  string(APPEND BITWHERE_PC_PRIVATE " -L${CUDAToolkit_LIBRARY_DIR} -lcudart_static"
         " -ldl -lrt -lpthread")
endif()
configure_file(cmake/bitwhere.pc.in bitwhere.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/bitwhere.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
