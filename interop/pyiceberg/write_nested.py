"""Writes with PyIceberg a table whose nested members are renamed, dropped, added again and widened between appends, in a
struct, a list and a map. Its rows at every snapshot, as PyIceberg reads them, are left in foreign-nested.json."""

import json
import sys
from pathlib import Path

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.types import DoubleType, FloatType, IntegerType, ListType, LongType, MapType, NestedField, StringType, StructType

folder = Path(sys.argv[1])
warehouse = folder / "ware house"
catalog = SqlCatalog("n", uri=f"sqlite:///{folder}/nested.db", warehouse=f"file://{warehouse}")
catalog.create_namespace("nested")
inner = StructType(NestedField(20, "p", IntegerType(), required=False), NestedField(21, "q", StringType(), required=False))
schema = Schema(
    NestedField(1, "id", LongType(), required=False),
    NestedField(2, "s", StructType(NestedField(3, "a", IntegerType(), required=False), NestedField(4, "b c", StringType(), required=False), NestedField(5, "inner", inner, required=False)), required=False),
    NestedField(6, "l", ListType(7, StructType(NestedField(8, "a", IntegerType(), required=False), NestedField(9, "b", StringType(), required=False)), element_required=False), required=False),
    NestedField(10, "m", MapType(11, StringType(), 12, StructType(NestedField(13, "u", FloatType(), required=False), NestedField(14, "v", IntegerType(), required=False)), value_required=False), required=False),
)
table = catalog.create_table("nested.t", schema, location=f"file://{warehouse}/nested")


def value(kind, n):
    """Another value for each n, with nulls and empty ones among them."""
    if n % 6 == 5:
        return None
    if isinstance(kind, StructType):
        return {f.name: value(f.field_type, n * 7 + i) for i, f in enumerate(kind.fields)}
    if isinstance(kind, ListType):
        return [value(kind.element_type, n * 5 + i) for i in range(n % 3)]
    if isinstance(kind, MapType):
        return [(f"k{i}", value(kind.value_type, n * 5 + i)) for i in range(n % 3)]
    return f"t{n}" if isinstance(kind, StringType) else n


def plain(found):
    """Maps, which arrive as pairs, as objects."""
    return found | {"m": None if found["m"] is None else dict(found["m"])}


versions = []


def append():
    begin = len(versions) * 12
    rows = [{f.name: n if f.name == "id" else value(f.field_type, n) for f in table.schema().fields} for n in range(begin, begin + 12)]
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    versions.append(str(table.current_snapshot().snapshot_id))


append()
with table.update_schema() as update:
    update.rename_column("s.a", "renamed")
    update.rename_column("s.inner.q", "z")
    update.rename_column("l.element.a", "renamed")
    update.delete_column("l.element.b")
    update.rename_column("m.value.u", "w")
    update.update_column("m.value.v", LongType())
append()
with table.update_schema() as update:
    update.add_column(("s", "a"), StringType())
    update.add_column(("l", "element", "b"), StringType())
    update.add_column(("m", "value", "u"), StringType())
    update.update_column("m.value.w", DoubleType())
    update.rename_column("s.inner", "outer")
append()

(folder / "foreign-nested.json").write_text(json.dumps({
    "metadata": table.metadata_location,
    "uuid": str(table.metadata.table_uuid),
    "versions": [
        {"snapshot": snapshot, "rows": sorted((plain(r) for r in table.scan(snapshot_id=int(snapshot)).to_arrow().to_pylist()), key=lambda r: r["id"])}
        for snapshot in versions
    ],
}))
