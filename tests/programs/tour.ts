// The tour in AssemblyScript: a managed heap over preview1, with the shim's own bindings where it
// has no interface of its own (files).
import {
  errno,
  errnoToString,
  fd_close,
  fd_read,
  lookupflags,
  oflags,
  path_open,
  rights,
} from "@assemblyscript/wasi-shim/assembly/bindings/wasi_snapshot_preview1";

function open(path: string, flags: oflags, access: rights, file: usize): errno {
  const name = String.UTF8.encode(path);
  const at = changetype<usize>(name);
  const length = <usize>name.byteLength;
  return path_open(3, lookupflags.SYMLINK_FOLLOW, at, length, flags, access, access, 0, file);
}

function files(): void {
  const file = memory.data(4);
  if (open("in.txt", 0, rights.FD_READ, file) == 0) {
    const text = new ArrayBuffer(64);
    const vector = memory.data(8);
    store<usize>(vector, changetype<usize>(text));
    store<usize>(vector, 64, 4);
    const got = memory.data(4);
    fd_read(load<u32>(file), vector, 1, got);
    fd_close(load<u32>(file));
    process.stdout.write("in.txt: " + String.UTF8.decode(text.slice(0, load<i32>(got))));
  }
  const access = rights.FD_READ | rights.FD_WRITE;
  console.log("create: " + errnoToString(open("out.bin", oflags.CREAT, access, file)));
  console.log("again: " + errnoToString(open("out.bin", oflags.CREAT | oflags.EXCL, access, file)));
  console.log("missing: " + errnoToString(open("none", 0, access, file)));
  console.log("outside: " + (open("../x", 0, access, file) != 0).toString());
}

function words(): void {
  const buffer = new ArrayBuffer(4096);
  const text = String.UTF8.decode(buffer.slice(0, process.stdin.read(buffer)));
  const counts = new Map<string, i32>();
  const all = text.replaceAll("\n", " ").split(" ");
  for (let i = 0; i < all.length; i++) {
    counts.set(all[i], counts.has(all[i]) ? counts.get(all[i]) + 1 : 1);
  }
  const keys = counts.keys().sort();
  for (let i = 0; i < keys.length; i++) {
    console.log("[" + keys[i] + "] " + counts.get(keys[i]).toString());
  }
}

class Node {
  constructor(public left: Node | null, public right: Node | null) {}
  size(): i32 {
    const left = this.left, right = this.right;
    return 1 + (left ? left.size() : 0) + (right ? right.size() : 0);
  }
}

function tree(depth: i32): Node {
  return depth ? new Node(tree(depth - 1), tree(depth - 1)) : new Node(null, null);
}

function numbers(): void {
  const values = new Array<u32>(1000);
  for (let i = 0, seed: u32 = 1; i < values.length; i++) {
    seed = seed * 1664525 + 1013904223;
    values[i] = seed;
  }
  values.sort((a, b) => (a > b ? 1 : a < b ? -1 : 0));
  let hash: u64 = 14695981039346656037;
  for (let i = 0; i < values.length; i++) hash = (hash ^ values[i]) * 1099511628211;
  console.log(values[0].toString() + " " + values[999].toString() + " " + hash.toString(16));
  console.log((0.1 + 0.2).toString() + " " + Math.sin(1).toString() + " " + (1 / 0.0).toString());
  console.log(Math.pow(1.1, 500).toString() + " " + (<i32>-12.75).toString() + " " + NaN.toString());
  let nodes = 0;
  for (let i = 0; i < 20; i++) nodes += tree(10).size();
  console.log("nodes: " + nodes.toString());
}

function clockAndRandom(): void {
  const before = process.hrtime();
  const a = new Uint8Array(16), b = new Uint8Array(16);
  crypto.getRandomValues(a);
  crypto.getRandomValues(b);
  console.log("random: " + (a.join() != b.join()).toString());
  console.log("time moves: " + (process.hrtime() >= before).toString());
  console.log("after 2020: " + (Date.now() > 1577836800000).toString());
}

console.log(process.argv.slice(1).join("|"));
console.log("GREETING=" + process.env.get("GREETING"));
files();
words();
numbers();
clockAndRandom();
console.error("leaving with 9");
process.exit(9);
