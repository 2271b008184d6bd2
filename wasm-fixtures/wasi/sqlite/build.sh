#!/bin/sh
# SQLite, from the crate libsqlite3-sys 0.40.0 (cargo 1.95.0; Cargo.lock has its hash).
# Debian 12: clang-14, lld-14 and libclang-rt-14-dev-wasm32 (14.0.6), wasi-libc 0.0~git20220510.9886d3d.
# SQLITE_OMIT_WAL and MAX_MMAP_SIZE=0: WASI has no shared memory. One program has the file for itself, so the VFS is "unix-none".
# Compiled and linked in two steps, because the clang driver passes what it links through any wasm-opt that it finds in PATH.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo vendor --quiet --locked "$work/crates" >"$work/config"
sqlite="$work/crates/libsqlite3-sys/sqlite3"
for source in "$sqlite/sqlite3.c" sql.c; do
  clang-14 --target=wasm32-wasi --sysroot=/usr -std=gnu11 -Os -fno-ident -Wall -Wextra -Wno-unused-parameter -Wno-unused-variable \
    -I"$sqlite" -DNDEBUG -D_WASI_EMULATED_GETPID -D_WASI_EMULATED_MMAN -D_WASI_EMULATED_SIGNAL \
    -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_WAL -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_SHARED_CACHE -DSQLITE_MAX_MMAP_SIZE=0 \
    -DSQLITE_DEFAULT_MEMSTATUS=0 -DSQLITE_DQS=0 -DSQLITE_TEMP_STORE=3 -DSQLITE_ENABLE_MATH_FUNCTIONS -DLONGDOUBLE_TYPE=double \
    -DSQLITE_DEFAULT_UNIX_VFS='"unix-none"' \
    -c "$source" -o "$work/$(basename "$source" .c).o"
done
lib=/usr/lib/wasm32-wasi
wasm-ld-14 --strip-all --stack-first -z stack-size=1048576 "$lib/crt1-command.o" "$work/sql.o" "$work/sqlite3.o" -L"$lib" \
  -lwasi-emulated-getpid -lwasi-emulated-mman -lwasi-emulated-signal -lc \
  "$(clang-14 --target=wasm32-wasi -print-libgcc-file-name)" -o sqlite.wasm
