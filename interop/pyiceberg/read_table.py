"""Reads the table that write-table.ts left in a folder, with PyIceberg, and compares it row by row at every snapshot."""

import json
import sys
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from pyiceberg.expressions import EqualTo, GreaterThan, LessThan
from pyiceberg.table import StaticTable

folder = Path(sys.argv[1])
expected = [json.loads(line) for line in (folder / "expected.jsonl").read_text().splitlines()]
table = StaticTable.from_metadata((folder / "table.txt").read_text())
passed = failed = 0


def check(what, found, wanted):
    global passed, failed
    if found == wanted:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}: found {str(found)[:300]}, wanted {str(wanted)[:300]}")


def plain(value, wanted):
    """A value as DuckDB prints it in JSON."""
    if value is None:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes) and isinstance(wanted, str) and len(value) == 16 and len(wanted) == 36:
        return str(UUID(bytes=value))
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        text = value.strftime("%Y-%m-%d %H:%M:%S.%f").rstrip("0").rstrip(".")
        return text + ("+00" if value.tzinfo else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M:%S.%f").rstrip("0").rstrip(".")
    if isinstance(value, dict):
        return {key: plain(inner, (wanted or {}).get(key)) for key, inner in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return [{"key": key, "value": plain(inner, wanted[i]["value"])} for i, (key, inner) in enumerate(value)]
    if isinstance(value, list):
        return [plain(inner, wanted[i] if isinstance(wanted, list) else None) for i, inner in enumerate(value)]
    if isinstance(value, int):
        return str(value) if isinstance(wanted, str) else value
    if isinstance(value, float) and isinstance(wanted, float):
        # A single-precision value is printed in fewer digits than a double of the same value.
        return wanted if abs(value - wanted) <= abs(wanted) * 1e-6 else value
    return value


for version in expected:
    snapshot = int(version["snapshot"])
    scan = table.scan(snapshot_id=snapshot)
    found = scan.to_arrow()
    key = "identity" if "identity" in version["columns"] else "id"
    rows = sorted(found.to_pylist(), key=lambda row: row[key])
    check(f"snapshot {snapshot} columns", found.column_names, version["columns"])
    check(f"snapshot {snapshot} rows", len(rows), version["rows"])
    check(f"snapshot {snapshot} files", len(list(scan.plan_files())), version["files"])
    for row, wanted in zip(rows, version["samples"]):
        for column in version["columns"]:
            check(f"snapshot {snapshot} row {row[key]} column {column}", plain(row[column], wanted[column]), wanted[column])

# Filters use the bounds that we wrote: they must never lose a row, and must skip files that cannot match.
before = StaticTable.from_metadata((folder / "before.txt").read_text())
first, second, third, _ = [int(version["snapshot"]) for version in expected]
for what, condition, snapshot, rows, files in [
    ("one id of the first file", EqualTo("id", 42), second, 1, 1),
    ("ids of the last file", GreaterThan("id", 149), second, 10, 1),
    ("no id", EqualTo("id", 1000), second, 0, 0),
    ("a decimal below zero", LessThan("dec9", Decimal("0.00")), second, 48, 1),
    ("a date", EqualTo("dt", "1969-12-30"), second, 1, 1),
    ("a timestamp", EqualTo("ts", "1969-12-31T23:00:00.123456"), second, 1, 1),
    ("a long text", EqualTo("s", "żółw 107 " * 8), second, 1, 3),
    ("an int of before the overwrite", EqualTo("i", 0), third, 0, 0),
]:
    scan = before.scan(row_filter=condition, snapshot_id=snapshot)
    check(f"{what}: rows", scan.to_arrow().num_rows, rows)
    planned = len(list(scan.plan_files()))
    check(f"{what}: at most {files} files, not {planned}", planned <= files, True)

check("snapshots", [s.sequence_number for s in table.metadata.snapshots], [1, 2, 3, 4])
check("history", [e.snapshot_id for e in table.history()], [int(v["snapshot"]) for v in expected])
check("main", table.metadata.refs["main"].snapshot_id, int(expected[-1]["snapshot"]))
check("operations", [s.summary.operation.value for s in table.metadata.snapshots], ["append", "append", "overwrite", "append"])
manifests = table.inspect.entries().to_pylist()
check("entries have the sequence numbers that they inherit", sorted({e["sequence_number"] for e in manifests if e["status"] == 1}), [3, 4])
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
