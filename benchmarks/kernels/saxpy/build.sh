#!/bin/sh
# npm: wabt 1.0.39 (devDependency).
set -eu
cd "$(dirname "$0")"
exec ../../../node_modules/.bin/wat2wasm saxpy.wat -o saxpy.wasm
