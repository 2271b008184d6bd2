#!/bin/sh
# Debian 12: rustc 1.63.0 (1.63.0+dfsg1), libstd-rust-dev-wasm32, lld-14.
set -eu
cd "$(dirname "$0")"
exec ../rust.sh base64.rs base64.wasm
