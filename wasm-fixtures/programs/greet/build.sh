#!/bin/sh
# npm: assemblyscript 0.28.20 (devDependency). `env.abort` stays an import.
set -eu
cd "$(dirname "$0")"
exec ../../../node_modules/.bin/asc greet.ts -o greet.wasm -O3 --runtime incremental --exportRuntime
