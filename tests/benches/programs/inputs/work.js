// Objects, strings, regular expressions, sorting, floating point and closures, as often as told.
// `qjs --std work.js N` has the arguments in scriptArgs.

const rounds = Number(scriptArgs[scriptArgs.length - 1]);

function random(seed) {
  return () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 8;
}

class Body {
  constructor(next) {
    this.at = [next() % 1000, next() % 1000, next() % 1000];
    this.speed = [0, 0, 0];
  }
}

function gravity(bodies, steps) {
  for (let step = 0; step < steps; step++) {
    for (const a of bodies)
      for (const b of bodies) {
        if (a === b) continue;
        let square = 1;
        for (let i = 0; i < 3; i++) square += (b.at[i] - a.at[i]) ** 2;
        const pull = 1 / (square * Math.sqrt(square));
        for (let i = 0; i < 3; i++) a.speed[i] += (b.at[i] - a.at[i]) * pull;
      }
    for (const body of bodies) for (let i = 0; i < 3; i++) body.at[i] += body.speed[i];
  }
  return bodies.reduce((sum, body) => sum + body.at[0], 0).toFixed(6);
}

function words(next, count) {
  const found = new Map();
  let text = "";
  for (let i = 0; i < count; i++) text += "word" + (next() % 500) + (next() % 7 ? " " : ".\n");
  for (const [word] of text.matchAll(/word\d+/g)) found.set(word, (found.get(word) ?? 0) + 1);
  const order = [...found].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return JSON.stringify(Object.fromEntries(order.slice(0, 5)));
}

function sieve(limit) {
  const composite = new Uint8Array(limit);
  let count = 0;
  for (let n = 2; n < limit; n++) {
    if (composite[n]) continue;
    count++;
    for (let multiple = n * n; multiple < limit; multiple += n) composite[multiple] = 1;
  }
  return count;
}

function digits(count) {
  // Gibbons's spigot: the digits of pi by big integers.
  let [q, r, t, k, n, l] = [1n, 0n, 1n, 1n, 3n, 3n];
  let text = "";
  while (text.length < count) {
    if (4n * q + r - t < n * t) {
      text += n;
      [q, r, n] = [10n * q, 10n * (r - n * t), (10n * (3n * q + r)) / t - 10n * n];
    } else {
      [q, r, t, k, n, l] = [q * k, (2n * q + r) * l, t * l, k + 1n,
        (q * (7n * k) + 2n + r * l) / (t * l), l + 2n];
    }
  }
  return text.slice(-10);
}

for (let round = 0; round < rounds; round++) {
  const next = random(round + 1);
  const bodies = Array.from({ length: 8 }, () => new Body(next));
  console.log(gravity(bodies, 60), words(next, 4000), sieve(60000), digits(120));
}
