"""Reads with PyIceberg, straight from the bucket, the table that write-table.ts wrote. Usage: read_table.py <port> < its line"""

import json
import sys

from pyiceberg.table import StaticTable

told = json.load(sys.stdin)
table = StaticTable.from_metadata(told["metadata"], {
    "s3.endpoint": f"http://127.0.0.1:{sys.argv[1]}", "s3.access-key-id": "a", "s3.secret-access-key": "b", "s3.region": "us-east-1",
})
passed = failed = 0
for snapshot in told["snapshots"]:
    rows = table.scan(snapshot_id=int(snapshot["id"])).to_arrow()
    texts = rows.column("s").to_pylist()
    if rows.num_rows == snapshot["rows"] and sorted(texts) == sorted(f"żółw {i}" for i in rows.column("id").to_pylist()):
        passed += 1
    else:
        failed += 1
        print(f"FAILED: snapshot {snapshot['id']} has {rows.num_rows} rows, not {snapshot['rows']}")
print(f"{passed} passed, {failed} failed")
