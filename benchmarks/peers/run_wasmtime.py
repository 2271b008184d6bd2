"""Runs kernels under wasmtime, with fuel and without, in turns. Reads a request and writes an answer, both JSON."""

import base64
import hashlib
import json
import struct
import sys
import time

import wasmtime

FUEL = 1 << 62
FORMS = {"i32": ("<i", "<I"), "i64": ("<q", "<Q"), "f32": ("<f", "<I"), "f64": ("<d", "<Q")}


def bits(kind, value):
    pack, unpack = FORMS[kind]
    return "0x%x" % struct.unpack(unpack, struct.pack(pack, value))[0]


class Way:
    """A compiled kernel on an engine that counts fuel, or does not."""

    def __init__(self, kernel, fuel):
        config = wasmtime.Config()
        config.consume_fuel = fuel
        self.fuel = fuel
        self.kernel = kernel
        self.engine = wasmtime.Engine(config)
        self.module = wasmtime.Module(self.engine, base64.b64decode(kernel["module"]))

    def run(self):
        store = wasmtime.Store(self.engine)
        if self.fuel:
            store.set_fuel(FUEL)
        exports = wasmtime.Instance(store, self.module, []).exports(store)
        function = exports[self.kernel["fun"]]
        if self.kernel["abi"] == "core":
            args = self.kernel["args"]
        else:
            args = []
            for text in self.kernel["args"]:
                data = base64.b64decode(text)
                at = exports["ipvm_alloc"](store, len(data)) & 0xFFFFFFFF
                exports["memory"].write(store, data, at)
                args += [at, len(data)]
        start = time.perf_counter()
        answer = function(store, *args)
        ms = (time.perf_counter() - start) * 1000
        if self.kernel["abi"] == "core":
            values = answer if isinstance(answer, list) else [answer]
            kinds = [str(kind) for kind in function.type(store).results]
            return ms, " ".join(bits(kind, value) for kind, value in zip(kinds, values))
        at, length = (answer >> 32) & 0xFFFFFFFF, answer & 0xFFFFFFFF
        return ms, hashlib.sha256(bytes(exports["memory"].read(store, at, at + length))).hexdigest()[:16]


def main():
    request = json.load(sys.stdin)
    for kernel in request["kernels"]:
        ways = {"bare": Way(kernel, False), "fuel": Way(kernel, True)}
        times = {name: [] for name in ways}
        for turn in range(request["rounds"] + 1):
            for name, way in ways.items():
                ms, checksum = way.run()
                if checksum != kernel["checksum"]:
                    sys.exit("%s: %s instead of %s" % (kernel["name"], checksum, kernel["checksum"]))
                if turn > 0:
                    times[name].append(ms)
        print(json.dumps({"name": kernel["name"], "times": times}), flush=True)


main()
