// What a QuickJS script asks of its host: its arguments, environment, input, files and clock.
import * as std from "qjs:std";
import * as os from "qjs:os";

print(scriptArgs.join("|"), std.getenv("GREETING"));
for (let line; (line = std.in.getline()) !== null; ) print(line.toUpperCase());

const file = std.open("/w/out.txt", "w+");
file.puts("line one\nline two\n");
file.seek(5, std.SEEK_SET);
print(file.getline(), file.tell());
file.close();
print(os.rename("/w/out.txt", "/w/kept.txt"), os.mkdir("/w/made"));
const [names, error] = os.readdir("/w");
print(names.sort(), error, os.stat("/w/kept.txt")[0].size);
print(os.stat("/w/none")[1] === 0, Date.now() > 1577836800000);

class Matrix {
  #rows;
  constructor(n, f) {
    this.#rows = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => f(i, j)));
  }
  times(other) {
    const row = (i) => this.#rows[i];
    return new Matrix(row(0).length, (i, j) => row(i).reduce((sum, x, k) => sum + x * other.#rows[k][j], 0));
  }
  *[Symbol.iterator]() {
    for (const row of this.#rows) yield* row;
  }
}
const m = new Matrix(24, (i, j) => Math.sin(i * 24 + j));
print([...m.times(m)].slice(-3), [...m].length);

print(JSON.stringify({ π: Math.PI, list: [1, "two", null, [3n.toString()]] }, null, 1));
print("2024-02-29 and 1999-12-31".replace(/(?<y>\d+)-(?<m>\d+)-(?<d>\d+)/g, "$<d>.$<m>.$<y>"));
print((12345.678).toFixed(1), (0.1 + 0.2).toString(), 1e21, -0, (255).toString(36), 3n ** 200n);
const words = new Map();
for (const word of "a b a c b a".split(" ")) words.set(word, (words.get(word) ?? 0) + 1);
print(new Date(86400000 * 365.25 * 30).toISOString(), [...words].flat());
await Promise.resolve().then(() => print("later"));
