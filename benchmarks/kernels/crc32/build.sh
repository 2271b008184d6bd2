#!/bin/sh
# Debian 12: clang-14, lld-14 (14.0.6). See wasm-fixtures/programs/cc.sh.
set -eu
cd "$(dirname "$0")"
exec ../../../wasm-fixtures/programs/cc.sh crc32.c crc32.wasm
