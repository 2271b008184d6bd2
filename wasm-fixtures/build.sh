#!/bin/sh
# Builds every program, the inputs and the manifest anew. Needs the devDependencies and, from Debian 12,
#   apt-get install --no-install-recommends clang-14 lld-14 rustc libstd-rust-dev-wasm32
# The committed files are what this makes; `git diff --stat` afterwards shows nothing.
set -eu
cd "$(dirname "$0")"
for program in programs/*/build.sh; do
  echo "$program"
  "$program"
done
# The programs with WASI need more: each build.sh in wasi/ says what.
npx tsx inputs/make.ts
npx tsx manifest.ts
npx tsx expect.ts
