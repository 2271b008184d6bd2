#!/bin/sh
# RustPython 0.5.0; cargo and rustc 1.95.0 with the target wasm32-wasip1 (rustup target add wasm32-wasip1); wasm-opt of the
# package binaryen that package.json pins. Takes about half an hour on one core, since RustPython is optimised as a whole for
# size. Cargo.lock has the hashes of all crates. The module has the part of Python's library that library.txt lists.
# Two crates are changed: rustpython-vm puts the whole environment of the build into the module (as `sysconfig` has it), and
# rustpython-pylib its own path. Cargo hashes the paths of changed crates into symbols, so the work is done in a fixed folder.
set -eu
cd "$(dirname "$0")"
here=$PWD
work=/tmp/ipvm-wasm-python
registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
rm -rf "$work/crates"
mkdir -p "$work/crates" "$work/python"
cp -R Cargo.toml Cargo.lock src "$work/python"
cd "$work/python"
cargo fetch --quiet --locked --target wasm32-wasip1
cp -R "$registry"/*/rustpython-vm-0.5.0 "$registry"/*/rustpython-pylib-0.5.0 "$work/crates"
sed -i 's/std::env::vars_os()\.format_with(.*$/""/' "$work/crates/rustpython-vm-0.5.0/build.rs"
pylib=$work/crates/rustpython-pylib-0.5.0
sed -i 's|concat!(env!("CARGO_MANIFEST_DIR"), "/Lib")|"/usr/local/lib/python3.14"|' "$pylib/src/lib.rs"
mv "$pylib/Lib" "$work/crates/whole"
while read -r path; do
  mkdir -p "$pylib/Lib/$(dirname "$path")"
  cp -R "$work/crates/whole/$path" "$pylib/Lib/$path"
done <"$here/library.txt"
env -i PATH="$PATH" HOME="$HOME" ${CARGO_HOME:+CARGO_HOME="$CARGO_HOME"} ${RUSTUP_HOME:+RUSTUP_HOME="$RUSTUP_HOME"} \
  RUSTFLAGS="$(for source in "$registry"/*; do printf -- '--remap-path-prefix=%s=crates ' "$source"; done)--remap-path-prefix=$work=." \
  cargo build --quiet --locked --release -j1 --target wasm32-wasip1 --target-dir "$work/target" \
  --config "paths = [\"$work/crates/rustpython-vm-0.5.0\", \"$pylib\"]"
node "$here/../../../node_modules/binaryen/bin/wasm-opt" -Oz --strip-producers --strip-target-features \
  --enable-bulk-memory --enable-bulk-memory-opt --enable-sign-ext --enable-nontrapping-float-to-int --enable-mutable-globals \
  --enable-multivalue --enable-reference-types --enable-call-indirect-overlong \
  "$work/target/wasm32-wasip1/release/python.wasm" -o "$work/python.wasm"
# The repository keeps the compressed form: gunzip -k python.wasm.gz
gzip -9nc "$work/python.wasm" >"$here/python.wasm.gz"
