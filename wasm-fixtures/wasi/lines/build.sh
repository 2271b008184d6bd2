#!/bin/sh
# Zig 0.17.1, from PyPI: pip install ziglang==0.17.1
set -eu
cd "$(dirname "$0")"
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
python3 -m ziglang build-exe lines.zig -target wasm32-wasi -O ReleaseSmall -fstrip -j1 \
  --cache-dir "$cache" --global-cache-dir "$cache" -femit-bin=lines.wasm
