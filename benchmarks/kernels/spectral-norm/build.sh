#!/bin/sh
# npm: assemblyscript 0.28.20 (devDependency). Nothing is freed, and what would abort is `unreachable`.
set -eu
cd "$(dirname "$0")"
exec ../../../node_modules/.bin/asc spectral-norm.ts -o spectral-norm.wasm -O3 --runtime stub --use abort=
