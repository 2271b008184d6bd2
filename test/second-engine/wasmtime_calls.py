"""A second engine for the oracle: Wasmtime, which makes canonical NaNs where the specification lets an engine choose.

Reads calls from standard input, a line of JSON each (engine.ts), makes each on a fresh instance, and writes what it came to to
standard output, a line of JSON each. Values cross through the memory of a module that calls the guest's function, 16 bytes a
value, because Python's numbers do not keep the bits of a NaN.
"""

import hashlib
import json
import sys
import threading

import wasmtime
from wasmtime import TrapCode

PAGE = 65536
FUEL = 10_000_000_000
"""Instructions after which a call is given up. Calls that are compared end long before."""
WASM_STACK = 2 << 20
"""More stack than the profile allows."""

TRAPS = {
    TrapCode.UNREACHABLE: "unreachable",
    TrapCode.MEMORY_OUT_OF_BOUNDS: "memory-out-of-bounds",
    TrapCode.TABLE_OUT_OF_BOUNDS: "table-out-of-bounds",
    TrapCode.INDIRECT_CALL_TO_NULL: "bad-indirect-call",
    TrapCode.BAD_SIGNATURE: "bad-indirect-call",
    TrapCode.INTEGER_DIVISION_BY_ZERO: "divide-by-zero",
    TrapCode.INTEGER_OVERFLOW: "integer-overflow",
    TrapCode.BAD_CONVERSION_TO_INTEGER: "invalid-conversion",
}


class Ended(Exception):
    """A host function has ended the run with a trap."""


def new_engine():
    config = wasmtime.Config()
    config.cranelift_nan_canonicalization = True
    config.consume_fuel = True
    config.max_wasm_stack = WASM_STACK
    config.wasm_tail_call = True
    config.wasm_relaxed_simd = False
    return wasmtime.Engine(config)


class Run:
    """One call on a fresh instance."""

    def __init__(self, engine, call):
        self.engine = engine
        self.call = call
        self.store = wasmtime.Store(engine)
        self.store.set_fuel(FUEL)
        self.logs = bytearray()
        self.exports = None

    def seen(self):
        try:
            out = " ".join(["ok", *self.results()])
        except Ended as end:
            out = f"trap {end}"
        except wasmtime.Trap as trap:
            code = TRAPS.get(trap.trap_code)
            out = f"fault {trap}" if code is None else f"trap {code}"
        except wasmtime.WasmtimeError as error:
            out = f"fault {error}"
        memory = self.memory()
        names = self.call["globals"] if self.exports is not None else []
        return {
            "out": out,
            "pages": len(memory) // PAGE,
            "logs": self.logs.hex(),
            "globals": " ".join(f"{name}={self.exports[name].value(self.store)}" for name in names),
            "memory": hashlib.sha256(memory).hexdigest(),
        }

    def results(self):
        module = wasmtime.Module(self.engine, bytes.fromhex(self.call["module"]))
        imports = [self.host_function(entry) for entry in module.imports]
        self.store.set_limits(memory_size=self.call["pages"] * PAGE, table_elements=self.call["tableSlots"])
        self.exports = wasmtime.Instance(self.store, module, imports).exports(self.store)
        if self.call["initialize"]:
            self.exports["_initialize"](self.store)
        return self.through_shim(self.exports[self.call["fun"]])

    def through_shim(self, function):
        """Calls a function by way of the module that moves bits between it and its own memory."""
        shim = wasmtime.Module(self.engine, bytes.fromhex(self.call["shim"]))
        self.store.set_limits()
        bridge = wasmtime.Instance(self.store, shim, [function]).exports(self.store)
        self.store.set_limits(memory_size=self.call["pages"] * PAGE, table_elements=self.call["tableSlots"])
        for index, bits in enumerate(self.call["args"]):
            bridge["m"].write(self.store, bytearray.fromhex(bits), 16 * index)
        bridge["call"](self.store)
        memory = bytes(bridge["m"].read(self.store, 0, 16 * max(1, len(self.call["results"]))))
        return [shown(kind, memory[16 * at : 16 * at + 16]) for at, kind in enumerate(self.call["results"])]

    def memory(self):
        if self.exports is None or "memory" not in self.exports:
            return b""
        return self.exports["memory"].read(self.store)

    # ── Host functions ──────────────────────────────────────────────────────────────────────────────────────────────

    def host_function(self, entry):
        name = (entry.module, entry.name)
        if name == ("ipvm", "log"):
            return wasmtime.Func(self.store, entry.type, self.log, access_caller=True)
        code = "abort" if name == ("env", "abort") else "denied-import"

        def end(*_):
            raise Ended(code)

        return wasmtime.Func(self.store, entry.type, end)

    def log(self, caller, pointer, length):
        """Keeps the bytes that still fit."""
        start, end = pointer & 0xFFFFFFFF, (pointer & 0xFFFFFFFF) + (length & 0xFFFFFFFF)
        memory = caller.get("memory")
        data = b"" if memory is None else bytes(memory.read(caller))
        if end > len(data):
            raise Ended("memory-out-of-bounds")
        self.logs += data[start:end][: self.call["logBytes"] - len(self.logs)]


def shown(kind, value):
    """Integers in decimal, signed; the bits of all others in hex, the lowest byte first."""
    size = {"i32": 4, "i64": 8, "f32": 4, "f64": 8, "v128": 16}[kind]
    if kind in ("i32", "i64"):
        return str(int.from_bytes(value[:size], "little", signed=True))
    return value[:size].hex()


def main():
    engine = new_engine()
    for line in sys.stdin:
        print(json.dumps(Run(engine, json.loads(line)).seen()), flush=True)


# The thread that runs guests has room for their stack.
threading.stack_size(16 * WASM_STACK)
thread = threading.Thread(target=main)
thread.start()
thread.join()
