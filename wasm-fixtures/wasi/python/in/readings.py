# Reads the readings of a CSV file, groups and sorts them, hashes the table, and writes it as JSON.
import csv
import hashlib
import json
import statistics
import sys
from collections import defaultdict

source, target = sys.argv[1:3]
try:
    with open(source, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
except OSError as error:
    print(f"{source}: {error.strerror}", file=sys.stderr)
    sys.exit(2)
stations = defaultdict(list)
for row in rows:
    stations[row["station"]].append(float(row["celsius"]))
table = sorted(
    ({"station": name, "mean": round(statistics.fmean(values), 3), "most": max(values)} for name, values in stations.items()),
    key=lambda row: (-row["mean"], row["station"]),
)
text = "\n".join(f"{row['station']:<10}{row['mean']:>8.3f}{row['most']:>7.1f}" for row in table)
digest = hashlib.sha256(text.encode()).hexdigest()
with open(target, "w", encoding="utf-8") as file:
    json.dump({"sha256": digest, "stations": table}, file, ensure_ascii=False)
print(text)
print(f"{len(rows)} readings, {len(set(stations))} stations, sha256 {digest}")
print(2**100 % 97, sorted({"b", "a", "c"}), sys.platform)
