#!/bin/sh
# rustc 1.95.0 with the target wasm32-wasip1 (rustup target add wasm32-wasip1).
set -eu
cd "$(dirname "$0")"
rustc --edition 2021 --target wasm32-wasip1 -C opt-level=s -C lto=fat -C codegen-units=1 -C panic=abort -C strip=symbols \
  --remap-path-prefix "$(rustc --print sysroot)=" tally.rs -o tally.wasm
