"""Takes the table that write-table.ts left, and writes on it with PyIceberg: an append, a delete that rewrites files, a
schema change. Beside it, a partitioned table of its own. What our lake must find is left in foreign.json."""

import json
import sys
from pathlib import Path

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import EqualTo
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import StringType

folder = Path(sys.argv[1])
warehouse = folder / "ware house"
catalog = SqlCatalog("c", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{warehouse}")
catalog.create_namespace("interop")

table = catalog.register_table("interop.every", (folder / "table.txt").read_text())
steps = []


def note(table, name):
    found = table.scan().to_arrow()
    key = "identity" if "identity" in found.column_names else "id"
    steps.append({
        "name": name,
        "metadata": table.metadata_location,
        "uuid": str(table.metadata.table_uuid),
        "snapshot": str(table.current_snapshot().snapshot_id),
        "rows": found.num_rows,
        "ids": sum(found[key].to_pylist()),
        "columns": found.column_names,
    })


batch = pa.Table.from_pylist(
    [{"identity": 20000 + i, "note": f"by PyIceberg {i}", "i": i, "f": i / 2, "dec9": None, "s": None, "st": None} for i in range(25)],
    schema=table.schema().as_arrow(),
)
table.append(batch)
note(table, "an append")
table.delete(EqualTo("identity", 20003))
note(table, "a delete that rewrites a file")
with table.update_schema() as update:
    update.add_column("later", StringType())
    update.delete_column("f")
note(table, "a changed schema")

own = catalog.create_table("interop.own", pa.schema([("id", pa.int64()), ("text", pa.string()), ("shard", pa.string())]), location=f"file://{warehouse}/own")
with own.update_spec() as update:
    update.add_field("shard", IdentityTransform())
own.append(pa.table({"id": list(range(100)), "text": [f"t{i}" for i in range(100)], "shard": [f"s {i % 4}" for i in range(100)]}))
own.append(pa.table({"id": list(range(100, 130)), "text": [None] * 30, "shard": [None] * 30}, schema=own.schema().as_arrow()))
note(own, "a partitioned table of its own")

(folder / "foreign.json").write_text(json.dumps(steps))
