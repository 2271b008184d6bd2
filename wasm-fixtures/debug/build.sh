#!/bin/sh
# Debian: clang 14, lld 14. Debug information in each version of DWARF; the paths in it begin at /src.
set -eu
cd "$(dirname "$0")"
for version in 4 5; do
  clang-14 --target=wasm32 -O1 -g -gdwarf-$version -ffreestanding -nostdlib -ffile-prefix-map="$PWD"=/src \
    -fdebug-compilation-dir=/src -Wl,--no-entry divide.c -o divide-dwarf$version.wasm
done
exec ../../node_modules/.bin/asc pick.ts -o pick.wasm -O --runtime incremental --exportRuntime --debug
