#!/bin/sh
# Debian 12: clang-14, lld-14 (14.0.6). See ../cc.sh.
set -eu
cd "$(dirname "$0")"
exec ../cc.sh json.c json.wasm
