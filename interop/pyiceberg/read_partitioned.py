"""Reads the table that write-partitioned.ts left, with PyIceberg: rows at every snapshot, and filters that both plan. Then
writes a table of its own, partitioned by every transform, with what our plans must find in it (foreign-partitioned.json)."""

import json
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import And, EqualTo, GreaterThanOrEqual, IsNull, LessThan, StartsWith
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import StaticTable
from pyiceberg.transforms import BucketTransform, DayTransform, HourTransform, IdentityTransform, MonthTransform, TruncateTransform, YearTransform
from pyiceberg.types import DateType, DecimalType, LongType, NestedField, StringType, TimestampType, TimestamptzType

folder = Path(sys.argv[1])
ours = json.loads((folder / "partitioned.json").read_text())
table = StaticTable.from_metadata(ours["metadata"])
passed = failed = 0


def check(what, found, wanted):
    global passed, failed
    if found == wanted:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}: found {str(found)[:300]}, wanted {str(wanted)[:300]}")


def row(n):
    """What write-partitioned.ts writes as row n."""
    if n % 7 == 3:
        return {"id": n} | dict.fromkeys(["i", "d", "s", "bin", "dt", "ts", "tz", "u", "t"])
    return {
        "id": n,
        "i": n - 40,
        "d": Decimal(n * 125 - 6000).scaleb(-2),
        "s": ["ab ż", "ab ó", "ź", "", "ab"][n % 5],
        "bin": f"b{n % 3}".encode(),
        "dt": date(1969, 12, 1) + timedelta(days=n),
        "ts": datetime(1969, 12, 31, 20) + timedelta(hours=n),
        "tz": datetime(1968, 1, 1, tzinfo=timezone.utc) + timedelta(days=n * 10),
        "u": UUID(f"00000000-0000-4000-8000-{n:012d}"),
        "t": (datetime(2000, 1, 1) + timedelta(minutes=n)).time(),
    }


def plain(found):
    return found | {"u": UUID(bytes=found["u"]) if isinstance(found["u"], bytes) else found["u"]}


for version in ours["snapshots"]:
    rows = sorted(table.scan(snapshot_id=int(version["snapshot"])).to_arrow().to_pylist(), key=lambda r: r["id"])
    check(f"rows of {version['snapshot']}", len(rows), version["rows"])
    for found in rows:
        check(f"row {found['id']} of {version['snapshot']}", plain(found), row(found["id"]))

check("rows that a position deletes are gone", [n for n in ours["gone"] if n in table.scan().to_arrow()["id"].to_pylist()], [])

FILTERS = {
    "a text": (EqualTo("s", "ź"), lambda r: r["s"] == "ź"),
    "a beginning": (StartsWith("s", "ab "), lambda r: (r["s"] or "").startswith("ab ")),
    "an id": (EqualTo("id", 17), lambda r: r["id"] == 17),
    "an id of the second": (EqualTo("id", 47), lambda r: r["id"] == 47),
    "a time before 1970": (LessThan("ts", "1970-01-01T00:00:00"), lambda r: r["ts"] and r["ts"] < datetime(1970, 1, 1)),
    "an hour": (EqualTo("ts", (datetime(1969, 12, 31, 20) + timedelta(hours=70)).isoformat()), lambda r: r["ts"] == datetime(1969, 12, 31, 20) + timedelta(hours=70)),
    "a month": (GreaterThanOrEqual("dt", "1970-02-01"), lambda r: r["dt"] and r["dt"] >= date(1970, 2, 1)),
    "an int": (LessThan("i", 10), lambda r: r["i"] is not None and r["i"] < 10),
    "a decimal": (EqualTo("d", Decimal("65.00")), lambda r: r["d"] == Decimal("65.00")),
    "a year": (LessThan("tz", "1970-06-01T00:00:00+00:00"), lambda r: r["tz"] and r["tz"] < datetime(1970, 6, 1, tzinfo=timezone.utc)),
    "no text": (IsNull("s"), lambda r: r["s"] is None),
    "bytes": (EqualTo("bin", b"b1"), lambda r: r["bin"] == b"b1"),
    "a uuid": (EqualTo("u", UUID(f"00000000-0000-4000-8000-{46:012d}").bytes), lambda r: r["u"] == UUID(f"00000000-0000-4000-8000-{46:012d}")),
}
everything = len(list(table.scan().plan_files()))
for what, (condition, matches) in FILTERS.items():
    wanted = sum(1 for n in range(150) if n not in ours["gone"] and matches(row(n)))
    scan = table.scan(row_filter=condition)
    check(f"{what}: rows", scan.to_arrow().num_rows, wanted)
    planned = ours["filters"][what]
    check(f"{what}: files that are read or skipped", planned["files"] + planned["skipped"], everything)
    theirs = len(list(scan.plan_files()))
    # Our plan trusts no order of uuids, on which writers differ.
    if what != "a uuid":
        check(f"{what}: our plan has no more files than theirs ({planned['files']} and {theirs})", planned["files"] <= theirs, True)

check("a spec", [(f.field_id, f.name, str(f.transform)) for f in table.specs()[2].fields], [
    (1003, "dt_month", "month"), (1004, "i_trunc", "truncate[10]"), (1005, "first two-letters", "truncate[2]"), (1006, "u_bucket", "bucket[3]"), (1007, "bin", "identity"),
])
check("sort orders", sorted(table.sort_orders()), [0, 1, 2])
check("sorted by", str(table.sort_order().fields[0].transform), "day")

warehouse = folder / "ware house"
catalog = SqlCatalog("p", uri=f"sqlite:///{folder}/partitioned.db", warehouse=f"file://{warehouse}")
catalog.create_namespace("theirs")
schema = Schema(
    NestedField(1, "id", LongType(), required=False), NestedField(2, "s", StringType(), required=False), NestedField(3, "d", DecimalType(9, 2), required=False),
    NestedField(4, "dt", DateType(), required=False), NestedField(5, "ts", TimestampType(), required=False), NestedField(6, "tz", TimestamptzType(), required=False),
)
spec = PartitionSpec(
    PartitionField(1, 1000, BucketTransform(4), "id_bucket"), PartitionField(2, 1001, TruncateTransform(2), "s_trunc"), PartitionField(3, 1002, IdentityTransform(), "d"),
    PartitionField(4, 1003, MonthTransform(), "dt_month"), PartitionField(5, 1004, HourTransform(), "ts_hour"), PartitionField(6, 1005, YearTransform(), "tz_year"),
)
own = catalog.create_table("theirs.every", schema, location=f"file://{warehouse}/theirs", partition_spec=spec)
names = ["id", "s", "d", "dt", "ts", "tz"]
own.append(pa.Table.from_pylist([{k: v for k, v in row(n).items() if k in names} for n in range(60)], schema=schema.as_arrow()))
with own.update_spec() as update:
    update.remove_field("tz_year")
    update.remove_field("id_bucket")
    update.add_field("tz", DayTransform(), "tz_day")
    update.add_field("id", TruncateTransform(10), "id_trunc")
own.append(pa.Table.from_pylist([{k: v for k, v in row(n).items() if k in names} for n in range(60, 100)], schema=schema.as_arrow()))
own.delete(And(GreaterThanOrEqual("id", 10), LessThan("id", 13)))
theirs = {"metadata": own.metadata_location, "uuid": str(own.metadata.table_uuid), "rows": own.scan().to_arrow().num_rows, "filters": {}}
for what in ["a text", "a beginning", "an id", "a time before 1970", "an hour", "a month", "a decimal", "a year", "no text"]:
    scan = own.scan(row_filter=FILTERS[what][0])
    theirs["filters"][what] = {"ids": sorted(scan.to_arrow()["id"].to_pylist()), "files": len(list(scan.plan_files()))}
(folder / "foreign-partitioned.json").write_text(json.dumps(theirs))

print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
