#!/bin/sh
# npm: assemblyscript 0.28.20 (devDependency). Without `env.abort`: what would abort is `unreachable`.
set -eu
cd "$(dirname "$0")"
exec ../../../node_modules/.bin/asc picture.ts -o picture.wasm -O3 --runtime incremental --exportRuntime --use abort=
