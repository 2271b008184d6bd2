#!/bin/sh
# Builds every kernel anew. Needs what wasm-fixtures/build.sh needs; `git diff --stat` afterwards shows nothing.
set -eu
cd "$(dirname "$0")"
for kernel in */build.sh; do
  echo "$kernel"
  "./$kernel"
done
