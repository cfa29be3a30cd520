//! The tour in Zig: its standard library talks to preview1 directly, without a libc.
const std = @import("std");

pub fn main(init: std.process.Init) !void {
    var buffer: [4096]u8 = undefined;
    var stdout = std.Io.File.stdout().writerStreaming(init.io, &buffer);
    const out = &stdout.interface;
    try environment(init, out);
    try input(init, out);
    try files(init, out);
    try clockAndRandom(init.io, out);
    try numbers(init.gpa, out);
    try out.flush();
    std.debug.print("leaving with 13\n", .{});
    std.process.exit(13);
}

fn environment(init: std.process.Init, out: *std.Io.Writer) !void {
    const arguments = try init.minimal.args.toSlice(init.arena.allocator());
    for (arguments[1..], 1..) |argument, index| try out.print("{d}: [{s}]\n", .{ index, argument });
    try out.print("greeting: {?s}\n", .{init.environ_map.get("GREETING")});
    try out.print("variables: {d}\n", .{init.environ_map.count()});
}

fn input(init: std.process.Init, out: *std.Io.Writer) !void {
    var buffer: [64]u8 = undefined;
    var stdin = std.Io.File.stdin().readerStreaming(init.io, &buffer);
    var counts: std.StringArrayHashMapUnmanaged(u32) = .empty;
    const arena = init.arena.allocator();
    while (try stdin.interface.takeDelimiter('\n')) |line| {
        var words = std.mem.tokenizeScalar(u8, line, ' ');
        while (words.next()) |word| {
            const entry = try counts.getOrPutValue(arena, try arena.dupe(u8, word), 0);
            entry.value_ptr.* += 1;
        }
    }
    for (counts.keys(), counts.values()) |word, count| try out.print("{s} {d}\n", .{ word, count });
}

fn files(init: std.process.Init, out: *std.Io.Writer) !void {
    const io = init.io;
    const root = init.preopens.get("/w").?.dir;
    var text: [64]u8 = undefined;
    try out.print("in.txt: {s}", .{try root.readFile(io, "in.txt", &text)});

    try root.createDirPath(io, "deep/er");
    const file = try root.createFile(io, "deep/a", .{ .read = true });
    try file.writePositionalAll(io, "0123456789", 0);
    try file.writePositionalAll(io, "ab", 4);
    try out.print("read: {s}\n", .{text[0..try file.readPositionalAll(io, text[0..6], 2)]});
    try file.setLength(io, 7);
    try out.print("length: {d}\n", .{try file.length(io)});
    file.close(io);
    try root.rename("deep/a", root, "kept", io);
    try out.print("kept: {s}\n", .{try root.readFile(io, "kept", &text)});

    var deep = try root.openDir(io, "deep", .{ .iterate = true });
    defer deep.close(io);
    var entries = deep.iterate();
    while (try entries.next(io)) |entry| try out.print("{s} {t}\n", .{ entry.name, entry.kind });
    try out.print("missing: {any}\n", .{root.statFile(io, "none", .{})});
    try out.print("outside: {}\n", .{std.meta.isError(root.statFile(io, "../../etc/passwd", .{}))});
}

fn clockAndRandom(io: std.Io, out: *std.Io.Writer) !void {
    const before = std.Io.Clock.awake.now(io);
    try std.Io.sleep(io, .fromMilliseconds(20), .awake);
    const waited = before.durationTo(std.Io.Clock.awake.now(io));
    try out.print("slept: {}\n", .{waited.toMilliseconds() >= 20 and waited.toMilliseconds() < 5000});
    var draws: [2][16]u8 = undefined;
    for (&draws) |*draw| io.random(draw);
    try out.print("random: {}\n", .{!std.mem.eql(u8, &draws[0], &draws[1])});
}

fn numbers(gpa: std.mem.Allocator, out: *std.Io.Writer) !void {
    try out.print("{d} {e} {d:.6}\n", .{ 0.1 + 0.2, @as(f64, 1.0) / 3.0, @sqrt(@as(f64, 2)) });
    try out.print("{d} {d}\n", .{ std.math.maxInt(u128), @as(f16, 0.1) });
    const values = try gpa.alloc(u64, 2000);
    defer gpa.free(values);
    var generator: std.Random.DefaultPrng = .init(42);
    for (values) |*value| value.* = generator.random().int(u64);
    std.mem.sort(u64, values, {}, std.sort.desc(u64));
    var hash: std.hash.Wyhash = .init(0);
    hash.update(std.mem.sliceAsBytes(values));
    try out.print("{x} {x} {x}\n", .{ values[0], values[1999], hash.final() });
    const sum = @addWithOverflow(values[0], values[1]);
    try out.print("{d} {d} {d}\n", .{ sum[0], sum[1], values[0] +| values[1] });
}
