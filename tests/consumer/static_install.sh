#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
# Installs the static library and links both consumers against it, by CMake and by pkg-config.
# Kernels are PTX alone: it is the linking that is proven.
set -eu
source=$1 work=$2 cuda=$3
rm -rf "$work"
cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
  -DBITWHERE_BUILD_TOOL=OFF -DBITWHERE_CUDA="$cuda" -DCMAKE_CUDA_ARCHITECTURES=90-virtual \
  -DCMAKE_INSTALL_LIBDIR=lib
cmake --build "$work/build"
cmake --install "$work/build" --prefix "$work/installed"
cmake -S "$source/tests/consumer/cpp" -B "$work/consumer" -G Ninja \
  -DCMAKE_PREFIX_PATH="$work/installed"
cmake --build "$work/consumer"
"$work/consumer/consumer"
export PKG_CONFIG_PATH="$work/installed/lib/pkgconfig"
flags=$(pkg-config --static --cflags --libs bitwhere)
# shellcheck disable=SC2086  # flags are words
cc -std=c99 "$source/tests/consumer/c/main.c" $flags -o "$work/consumer_c"
"$work/consumer_c"
