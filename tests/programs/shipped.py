"""A script that is shipped with its interpreter, a package and their data."""

import decimal
import email.message
import importlib.resources
import json
import os
import re
import ledger
import sys

print(sys.argv, sys.path)
for module in os, json, email.message, decimal, re, ledger:
    print(module.__name__, module.__file__)
data = importlib.resources.files(ledger).joinpath("data", "rows.csv")
print(data.read_text().splitlines())
print(json.dumps(ledger.total(data), sort_keys=True))
print(sorted(os.listdir(os.path.dirname(json.__file__))))
print(decimal.Decimal(1) / 7)
