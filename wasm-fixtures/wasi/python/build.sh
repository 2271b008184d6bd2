#!/bin/sh
# RustPython 0.5.0; cargo and rustc 1.95.0 with the target wasm32-wasip1 (rustup target add wasm32-wasip1). Takes about 15 minutes
# on one core; with CARGO_TARGET_DIR set, what was compiled is kept there. Cargo.lock has the hashes of all crates.
# The module has 18 MB and is not kept in the repository. Paths of cargo's registry are part of it, so its bytes and its exact gas
# differ from machine to machine, and its results do not.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target=${CARGO_TARGET_DIR:-$work}
cargo build --quiet --locked --release -j1 --target wasm32-wasip1 --target-dir "$target"
cp "$target/wasm32-wasip1/release/python.wasm" python.wasm
