#!/bin/sh
# rust.sh <source> <output>: Rust to a module without imports.
# Toolchain: Debian 12 packages rustc and libstd-rust-dev-wasm32 (1.63.0), lld-14. The path is written out, because a
# rustc of another version may come first in PATH.
set -eu
exec /usr/bin/rustc --edition 2021 --target wasm32-unknown-unknown --crate-type cdylib \
  -C opt-level=2 -C lto=yes -C panic=abort -C strip=symbols -C linker=wasm-ld-14 \
  -C link-arg=--stack-first -C link-arg=-zstack-size=65536 "$1" -o "$2"
