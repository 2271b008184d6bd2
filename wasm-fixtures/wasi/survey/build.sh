#!/bin/sh
# cargo and rustc 1.95.0 with the target wasm32-wasip1 (rustup target add wasm32-wasip1); Cargo.lock has the hashes of all crates.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# No path of the machine that builds: panic messages would carry them.
RUSTFLAGS="--remap-path-prefix=$(rustc --print sysroot)= --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}= --remap-path-prefix=$PWD=" \
  cargo build --quiet --locked --release -j1 --target wasm32-wasip1 --target-dir "$work"
cp "$work/wasm32-wasip1/release/survey.wasm" survey.wasm
