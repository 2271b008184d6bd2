//! lines PATTERN: prints the lines of /in/text.txt that contain PATTERN, with their numbers, and writes a digest of all lines,
//! sorted and without repetition, to /out/digest.txt. The exit code is 1 if no line matches.
const std = @import("std");
const Io = std.Io;

fn before(_: void, a: []const u8, b: []const u8) bool {
    return std.mem.lessThan(u8, a, b);
}

pub fn main(init: std.process.Init) !u8 {
    const io = init.io;
    const arena = init.arena.allocator();
    const args = try init.minimal.args.toSlice(arena);
    const pattern = if (args.len > 1) args[1] else "";

    const cwd = Io.Dir.cwd();
    const text = try cwd.readFileAlloc(io, "in/text.txt", arena, .limited(1 << 20));

    var buffer: [1024]u8 = undefined;
    var stdout: Io.File.Writer = .init(.stdout(), io, &buffer);
    const out = &stdout.interface;

    var known: std.StringArrayHashMapUnmanaged(void) = .empty;
    var matches: usize = 0;
    var number: usize = 0;
    var lines = std.mem.tokenizeScalar(u8, text, '\n');
    while (lines.next()) |line| {
        number += 1;
        try known.put(arena, line, {});
        if (std.mem.find(u8, line, pattern) == null) continue;
        matches += 1;
        try out.print("{d:>3} {s}\n", .{ number, line });
    }
    try out.print("{d} of {d} lines, {d} different\n", .{ matches, number, known.count() });
    try out.flush();

    const sorted = known.keys();
    std.mem.sort([]const u8, sorted, {}, before);
    var hash: std.crypto.hash.sha2.Sha256 = .init(.{});
    for (sorted) |line| {
        hash.update(line);
        hash.update("\n");
    }
    var digest: [32]u8 = undefined;
    hash.final(&digest);
    const hex = std.fmt.bytesToHex(digest, .lower);
    try cwd.writeFile(io, .{ .sub_path = "out/digest.txt", .data = &hex });
    return if (matches == 0) 1 else 0;
}
