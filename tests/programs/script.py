"""What a CPython script asks of its host: imports, arguments, input, files, time, an exit status."""

import csv
import dataclasses
import datetime
import decimal
import hashlib
import heapq
import io
import itertools
import json
import math
import os
import pathlib
import random
import re
import struct
import sys
import tempfile
import time
import zlib
from collections import Counter

sys.path.insert(0, "/w")
import helper


@dataclasses.dataclass(order=True)
class Point:
    x: float
    y: float = 0.5


print(sys.argv[1:], os.environ["GREETING"], sorted(os.environ))
print(helper.shout("imported"), Counter(sys.stdin.read().split()).most_common(2))

root = pathlib.Path("/w")
with open(root / "in.csv", newline="") as rows:
    print(sum(float(row["amount"]) for row in csv.DictReader(rows)))
(root / "deep" / "er").mkdir(parents=True)
(root / "deep" / "a.bin").write_bytes(struct.pack("<qdH", -1, math.pi, 65535))
os.rename(root / "deep" / "a.bin", root / "deep" / "er" / "b.bin")
with open(root / "deep" / "er" / "b.bin", "r+b") as file:
    file.seek(8)
    print(struct.unpack("<d", file.read(8)), file.tell())
    file.truncate(9)
print(sorted(str(path) for path in root.rglob("*")), os.stat(root / "deep/er/b.bin").st_size)
with tempfile.TemporaryFile(dir=root) as file:
    file.write(b"x" * 100_000)
    print(file.tell())
try:
    open(root / "none")
except FileNotFoundError as error:
    print(error)

start = time.monotonic()
time.sleep(0.02)
print(0.02 <= time.monotonic() - start < 5, time.time() > 1577836800, os.urandom(8) != os.urandom(8))
print(datetime.date(2024, 2, 28) + datetime.timedelta(2), decimal.Decimal(2).sqrt())
random.seed(42)
sample = [random.random() for _ in range(1000)]
print(heapq.nsmallest(2, sample), math.fsum(sample), sorted([Point(2), Point(1, 1)]))
packed = zlib.compress(json.dumps(sample).encode())
print(hashlib.sha256(zlib.decompress(packed)).hexdigest(), zlib.crc32(packed), len(packed))
print(re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"), f"{math.e:.12f} {1e100:g} {2**70:_}")
print(list(itertools.permutations("abc", 2))[-1], "héllo €".encode(), io.StringIO("x\ny").readlines())


def depth(n):
    return 1 + depth(n - 1) if n else 0


print(depth(900), [p for p in range(2, 60) if all(p % q for q in range(2, p))])
print("leaving", file=sys.stderr)
sys.exit(4)
