#!/bin/sh
# QuickJS-ng 0.16.2, from the crate rquickjs-sys 0.14.0 (cargo 1.95.0; Cargo.lock has its hash).
# Debian 12: clang-14, lld-14 and libclang-rt-14-dev-wasm32 (14.0.6), wasi-libc 0.0~git20220510.9886d3d.
# Compiled and linked in two steps, because the clang driver passes what it links through any wasm-opt that it finds in PATH.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo vendor --quiet --locked "$work/crates" >"$work/config"
cd "$work/crates/rquickjs-sys/quickjs"
for part in quickjs libregexp libunicode dtoa quickjs-libc gen/repl gen/standalone qjs; do
  clang-14 --target=wasm32-wasi --sysroot=/usr -std=gnu11 -Os -fno-ident -w -D_GNU_SOURCE -DNDEBUG \
    -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_SIGNAL -I. -c "$part.c" -o "$work/$(basename "$part").o"
done
cd - >/dev/null
lib=/usr/lib/wasm32-wasi
wasm-ld-14 --strip-all --stack-first -z stack-size=1048576 "$lib/crt1-command.o" "$work"/*.o -L"$lib" \
  -lwasi-emulated-process-clocks -lwasi-emulated-signal -lc "$(clang-14 --target=wasm32-wasi -print-libgcc-file-name)" \
  -o quickjs.wasm
