"""Classes, dictionaries, strings, regular expressions, sorting, floats and big integers, as often as told."""

import json
import re
import sys


def random(seed):
    while True:
        seed = (seed * 1103515245 + 12345) & 0xFFFFFFFF
        yield seed >> 8


class Body:
    def __init__(self, numbers):
        self.at = [next(numbers) % 1000 for _ in range(3)]
        self.speed = [0.0, 0.0, 0.0]


def gravity(bodies, steps):
    for _ in range(steps):
        for a in bodies:
            for b in bodies:
                if a is b:
                    continue
                way = [there - here for here, there in zip(a.at, b.at)]
                square = 1.0 + sum(part * part for part in way)
                pull = 1.0 / (square * square**0.5)
                for i in range(3):
                    a.speed[i] += way[i] * pull
        for body in bodies:
            for i in range(3):
                body.at[i] += body.speed[i]
    return f"{sum(body.at[0] for body in bodies):.6f}"


def words(numbers, count):
    text = " ".join(f"word{next(numbers) % 500}" for _ in range(count))
    found = {}
    for word in re.findall(r"word\d+", text):
        found[word] = found.get(word, 0) + 1
    order = sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))
    return json.dumps(dict(order[:5]))


def sieve(limit):
    composite = bytearray(limit)
    count = 0
    for n in range(2, limit):
        if not composite[n]:
            count += 1
            composite[n * n :: n] = b"\1" * len(range(n * n, limit, n))
    return count


def power(bits):
    number = pow(3, bits) * pow(7, bits)
    return str(number % 10**40)


for round in range(int(sys.argv[1])):
    numbers = random(round + 1)
    bodies = [Body(numbers) for _ in range(8)]
    print(gravity(bodies, 40), words(numbers, 6000), sieve(60000), power(20000))
