"""The peer of commits.ts: appends rows of one column to one table with PyIceberg and its SQL catalog.

    commits-pyiceberg.py row <file>                        writes a Parquet file of one row
    commits-pyiceberg.py count <metadata file>             counts rows and snapshots
    commits-pyiceberg.py write <folder> <writers> <times>  appends from several processes, and says how long it took
"""

import json
import multiprocessing
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema([pa.field("id", pa.int64(), metadata={b"PARQUET:field_id": b"1"})])


def catalog(folder):
    from pyiceberg.catalog.sql import SqlCatalog

    return SqlCatalog("bench", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}", init_catalog_tables="false")


def append(folder, times, ready, go):
    from pyiceberg.exceptions import CommitFailedException
    from sqlalchemy.exc import OperationalError

    table = catalog(folder).load_table("n.t")
    rows = pa.table({"id": [1]}, schema=SCHEMA)
    ready.release()
    go.wait()
    for _ in range(times):
        while True:
            try:
                table.append(rows)
                break
            except (CommitFailedException, OperationalError):
                table.refresh()


def write(folder, writers, times):
    from pyiceberg.catalog.sql import SqlCatalog

    Path(folder).mkdir(parents=True)
    made = SqlCatalog("bench", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
    made.create_namespace("n")
    made.create_table("n.t", SCHEMA)
    ready, go = multiprocessing.Semaphore(0), multiprocessing.Event()
    processes = [multiprocessing.Process(target=append, args=(folder, times, ready, go)) for _ in range(writers)]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    began = time.monotonic()
    go.set()
    for process in processes:
        process.join()
    seconds = time.monotonic() - began
    print(json.dumps({"seconds": seconds, "rows": made.load_table("n.t").scan().count()}))


command = sys.argv[1]
if command == "row":
    pq.write_table(pa.table({"id": [1]}, schema=SCHEMA), sys.argv[2])
elif command == "count":
    from pyiceberg.table import StaticTable

    read = StaticTable.from_metadata(sys.argv[2])
    print(json.dumps({"rows": read.scan().count(), "snapshots": len(read.metadata.snapshots)}))
else:
    write(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
