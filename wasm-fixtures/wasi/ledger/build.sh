#!/bin/sh
# Debian 12: clang-14, lld-14, libc++-14-dev-wasm32, libc++abi-14-dev-wasm32 and libclang-rt-14-dev-wasm32 (14.0.6),
# wasi-libc 0.0~git20220510.9886d3d. Its C++ library has no exceptions.
# Compiled and linked in two steps, because the clang driver passes what it links through any wasm-opt that it finds in PATH.
set -eu
cd "$(dirname "$0")"
object=$(mktemp)
trap 'rm -f "$object"' EXIT
clang++-14 --target=wasm32-wasi --sysroot=/usr -std=c++17 -Os -fno-exceptions -fno-ident -Wall -Wextra -c ledger.cpp -o "$object"
lib=/usr/lib/wasm32-wasi
wasm-ld-14 --strip-all --stack-first -z stack-size=65536 "$lib/crt1-command.o" "$object" -L"$lib" -lc++ -lc++abi -lc \
  "$(clang-14 --target=wasm32-wasi -print-libgcc-file-name)" -o ledger.wasm
