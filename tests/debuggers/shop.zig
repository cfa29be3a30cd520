//! Slices, optional pointers, structures, globals, for debuggers to show.

const std = @import("std");

const Item = struct {
    price: i32,
    weight: f64,
    name: []const u8,
    next: ?*const Item,
};

var sold: i32 = 7;

noinline fn total(first: *const Item, count: i32) i32 {
    var sum: i32 = 0;
    var item: ?*const Item = first;
    while (item) |here| {
        sum += here.price * count; // in total
        item = here.next;
    }
    sold += count;
    return sum;
}

pub fn main() void {
    const last = Item{ .price = 5, .weight = 0.5, .name = "plum", .next = null };
    const list = Item{ .price = 30, .weight = 1.25, .name = "pear", .next = &last };
    const sum = total(&list, 2); // in main
    std.debug.print("{s}: {d}\n", .{ list.name, sum });
}
