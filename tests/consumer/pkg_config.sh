#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
# Builds and runs a C program by the flags of pkg-config alone.
set -eu
compiler=$1 folder=$2 source=$3 program=$4
flags=$(PKG_CONFIG_PATH=$folder pkg-config --cflags --libs bitwhere)
# shellcheck disable=SC2086  # flags are words
"$compiler" -std=c99 -Wall -Wextra -pedantic -Werror "$source" $flags -o "$program"
"$program"
