#!/bin/sh
# cc.sh <source> <output> [compiler flags]: C or C++ to a module without imports.
# Toolchain: Debian 12 packages clang-14 and lld-14 (14.0.6). Compiled and linked in two steps, because the clang driver
# passes what it links through any wasm-opt that it finds in PATH.
set -eu
source=$1 output=$2
shift 2
case $source in *.cpp) set -- -std=c++17 -fno-exceptions -fno-rtti "$@" ;; *) set -- -std=c11 "$@" ;; esac
object=$(mktemp)
trap 'rm -f "$object"' EXIT
clang-14 --target=wasm32-unknown-unknown -O2 -ffreestanding -fno-ident -Wall -Wextra -Wno-unused-function \
  -I "$(dirname "$0")" "$@" -c "$source" -o "$object"
wasm-ld-14 --no-entry --strip-all --stack-first -z stack-size=65536 "$object" -o "$output"
