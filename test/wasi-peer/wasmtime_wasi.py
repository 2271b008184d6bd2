"""Wasmtime as a second host of wasi_snapshot_preview1.

Reads sessions from standard input, a line of JSON each (peer.ts): a tree of files and a list of calls. Makes the calls one by one
through a module that does nothing but pass them on, and writes what each came to, a line of JSON for each session.

Numbers of inodes, times, random bytes, sizes and links of directories, and the order of entries are the host's own; they are taken
out of the memory and told apart.
"""

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile

import wasmtime

PAGE = 65536
EINVAL = 28
NO_SUCH_VALUE = r"Invalid (flag|enum) value|number too (large|small) to fit"
"""Why Wasmtime traps before it does anything: a parameter has a value that its type does not have. We give EINVAL."""
REMOVING = ("path_unlink_file", "path_remove_directory", "path_rename")
UNKNOWN = 77777
"""A descriptor that is never open."""


class Session:
    def __init__(self, engine, module, given):
        self.folder = tempfile.mkdtemp(prefix="wasi-peer-")
        self.root = os.path.join(self.folder, "root")
        os.mkdir(self.root)
        make(self.root, given["tree"])
        config = wasmtime.WasiConfig()
        config.argv = given["args"]
        config.env = given["env"]
        config.preopen_dir(self.root, "/")
        for name in ("stdin", "stdout", "stderr"):
            path = os.path.join(self.folder, name)
            with open(path, "wb") as file:
                file.write(bytes.fromhex(given["stdin"]) if name == "stdin" else b"")
            setattr(config, f"{name}_file", path)
        self.store = wasmtime.Store(engine)
        self.store.set_wasi(config)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        self.exports = linker.instantiate(self.store, module).exports(self.store)
        self.memory = self.exports["memory"]
        self.fds = {0: 0, 1: 1, 2: 2, 3: 3}
        self.inodes = {}
        self.held = {}
        self.least = {}

    def call(self, op):
        for at, content in op["poke"]:
            self.memory.write(self.store, bytes.fromhex(content), at)
        params = [int(param) for param in op["params"]]
        named = list(params)
        for index in op["fds"]:
            params[index] = self.fds.get(params[index], UNKNOWN)
        if op["name"] in REMOVING:
            self.hold()
        own = [(at, self.read(at, 4)) for at in op["fdsAt"]]
        for at, fd in own:
            self.write(at, self.fds.get(int.from_bytes(fd, "little", signed=True), UNKNOWN).to_bytes(4, "little"))
        try:
            errno = self.exports[op["name"]](self.store, *params)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            reason = str(error).splitlines()[-1].strip()
            if not re.search(NO_SUCH_VALUE, reason):
                return {"trap": reason}
            errno = EINVAL
        for at, fd in own:
            self.write(at, fd)
        note = self.after(op, errno, named, params) if errno == 0 else None
        memory = self.memory.read(self.store, 0, op["bytes"])
        return {"errno": errno, "note": note, "memory": hashlib.sha256(memory).hexdigest()}

    def hold(self):
        """Holds everything in the tree, so that the host gives the number of an inode to one node alone."""
        for folder, folders, files in os.walk(self.root):
            for name in folders + files:
                path = os.path.join(folder, name)
                node = os.lstat(path).st_ino
                if node not in self.held:
                    self.held[node] = os.open(path, os.O_PATH | os.O_NOFOLLOW)

    def after(self, op, errno, named, params):
        for clock in self.least:
            self.least[clock] += op["sleeps"]
        if op["name"] == "path_open":
            at = named[8]
            self.fds[op["opened"]] = int.from_bytes(self.read(at, 4), "little")
            self.memory.write(self.store, op["opened"].to_bytes(4, "little"), at)
        elif op["name"] == "fd_close":
            self.fds.pop(named[0], None)
        elif op["name"] == "fd_renumber" and named[0] != named[1]:
            self.fds[named[1]] = params[1]
            self.fds.pop(named[0], None)
        elif op["name"] in ("fd_filestat_get", "path_filestat_get"):
            return self.stat(named[-1])
        elif op["name"] == "fd_readdir":
            return self.entries(named)
        elif op["name"] == "clock_time_get":
            return self.time(named[0], named[2])
        elif op["name"] == "clock_res_get":
            self.write(named[1], bytes(8))
        elif op["name"] == "random_get":
            return self.random(*named)
        elif op["name"] == "poll_oneoff":
            return self.events(*named)
        return None

    def time(self, clock, at):
        time = int.from_bytes(self.read(at, 8), "little")
        forward = time >= self.least.get(clock, 0)
        self.least[clock] = time
        self.write(at, bytes(8))
        return {"forward": forward}

    def random(self, at, length):
        various = len(set(self.read(at, length))) > 1
        self.write(at, bytes(length))
        return None if length < 31 else {"various": various}

    def events(self, _, at, count, result):
        if not 0 <= at <= at + 32 * count <= PAGE:
            return {"beyond": "the memory"}
        happened = int.from_bytes(self.read(result, 4), "little")
        events = [self.read(at + 32 * i, 32).hex() for i in range(happened)]
        self.write(at, bytes(32 * count))
        self.write(result, bytes(4))
        return {"events": events}

    def stat(self, at):
        stat = self.read(at, 64)
        self.memory.write(self.store, bytes(64), at)
        kind = stat[16]
        known = kind != 3
        return {
            "dev": int.from_bytes(stat[0:8], "little"),
            "ino": self.inode(stat[8:16]),
            "type": kind,
            "links": int.from_bytes(stat[24:32], "little") if known else 0,
            "size": int.from_bytes(stat[32:40], "little") if known else 0,
        }

    def entries(self, named):
        _, at, size, cookie, result = named
        if size == 0:
            return {"used": 0}
        if not 0 <= at <= at + size <= PAGE:
            return {"beyond": "the memory"}
        used = int.from_bytes(self.read(result, 4), "little")
        listing = self.read(at, size)
        self.memory.write(self.store, bytes(size), at)
        if used == size or cookie != 0 or used > len(listing):
            return {"used": used}
        entries = []
        while listing and len(entries) < 1000 and used > 0:
            length = int.from_bytes(listing[16:20], "little")
            entries.append([listing[24 : 24 + length].decode(), listing[20], bytes(listing[8:16])])
            listing = listing[24 + length :]
            used -= 24 + length
        entries.sort()
        return {"entries": [[name, kind, self.inode(inode)] for name, kind, inode in entries]}

    def inode(self, number):
        if int.from_bytes(number, "little") == 0:
            return 0
        return self.inodes.setdefault(bytes(number), len(self.inodes) + 1)

    def read(self, at, size):
        return bytes(self.memory.read(self.store, at, at + size))

    def write(self, at, content):
        self.memory.write(self.store, content, at)

    def end(self):
        streams = {}
        for name in ("stdout", "stderr"):
            with open(os.path.join(self.folder, name), "rb") as file:
                streams[name] = file.read().hex()
        tree = seen(self.root)
        del self.store
        for held in self.held.values():
            os.close(held)
        shutil.rmtree(self.folder)
        return {**streams, "tree": tree}


def run(engine, given):
    """A whole program: its exit code, its streams and its files."""
    session = Session(engine, wasmtime.Module(engine, bytes.fromhex(given["program"])), given)
    try:
        session.exports["_start"](session.store)
        code = 0
    except wasmtime.ExitTrap as end:
        code = end.code
    return {"exit": code, **session.end()}


def make(folder, tree):
    for name, node in tree.items():
        path = os.path.join(folder, name)
        if isinstance(node, str):
            with open(path, "wb") as file:
                file.write(bytes.fromhex(node))
        else:
            os.mkdir(path)
            make(path, node)


def seen(path):
    """A tree as text: directories as maps, contents in hex, targets of links after an arrow."""
    if os.path.islink(path):
        return f"-> {os.readlink(path)}"
    if os.path.isdir(path):
        return {name: seen(os.path.join(path, name)) for name in sorted(os.listdir(path))}
    with open(path, "rb") as file:
        return file.read().hex()


def main():
    engine = wasmtime.Engine()
    module = wasmtime.Module(engine, json.loads(sys.stdin.readline())["module"])
    for line in sys.stdin:
        given = json.loads(line)
        if "program" in given:
            print(json.dumps(run(engine, given)), flush=True)
            continue
        session = Session(engine, module, given)
        results = []
        for op in given["calls"]:
            results.append(session.call(op))
            if "trap" in results[-1]:
                break
        print(json.dumps({"results": results, **session.end()}), flush=True)


main()
