#!/bin/sh
# Debian 12: rustc 1.63.0 (1.63.0+dfsg1), libstd-rust-dev-wasm32, lld-14. See wasm-fixtures/programs/rust.sh.
set -eu
cd "$(dirname "$0")"
exec ../../../wasm-fixtures/programs/rust.sh blake2.rs blake2.wasm
