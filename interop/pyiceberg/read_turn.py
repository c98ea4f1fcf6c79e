"""Reads with PyIceberg what our lake appended to a table that PyIceberg had written."""

import json
import sys
from pathlib import Path

from pyiceberg.table import StaticTable

turn = json.loads((Path(sys.argv[1]) / "in-turn.json").read_text())
ids = StaticTable.from_metadata(turn["metadata"]).scan().to_arrow()["identity"].to_pylist()
wanted = (turn["rows"], turn["ids"])
if (len(ids), sum(ids)) == wanted:
    print("1 passed, 0 failed")
else:
    print(f"FAILED an append in turn: found {(len(ids), sum(ids))}, wanted {wanted}")
    print("0 passed, 1 failed")
