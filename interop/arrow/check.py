"""Executes the portal's snippets for Python and holds what each has against what the SQL port answers."""

import contextlib
import getpass
import io
import json
import math
import os
import subprocess
import sys
import uuid

import duckdb
import numpy
import pandas
import polars
import psycopg
import requests

from peer import KINDS, ROWS, check, counts, login, section

ARROW = {
    "id": "int64", "small": "int32", "flag": "bool", "single": "float", "ratio": "double", "price": "decimal128(12, 3)", "wide": "decimal128(38, 10)", "day": "date32[day]",
    "clock": "time64[us]", "moment": "timestamp[us]", "instant": "timestamp[us, tz=UTC]", "tag": "string", "note": "string", "raw": "binary", "parts": "list<item: int64>", "pair": "struct<a: int32, b: string>",
}
POLARS = {
    "id": polars.Int64, "small": polars.Int32, "flag": polars.Boolean, "single": polars.Float32, "ratio": polars.Float64, "price": polars.Decimal(12, 3), "wide": polars.Decimal(38, 10), "day": polars.Date,
    "clock": polars.Time, "moment": polars.Datetime("us"), "instant": polars.Datetime("us", "UTC"), "tag": polars.String, "note": polars.String, "raw": polars.Binary, "parts": polars.List(polars.Int64), "pair": polars.Struct({"a": polars.Int32, "b": polars.String}),
}
NAMES = list(ARROW)

snippets = json.loads(subprocess.run([os.environ["PEER_NODE"], "--no-warnings", os.path.join(os.path.dirname(__file__), "print-snippets.ts"), os.environ["PEER_URL"], "ana"], check=True, capture_output=True, text=True).stdout)
with psycopg.connect(**login("ana")) as connection:
    ANSWER = connection.execute("select * from every.kinds order by id").fetchall()


def plain(value):
    """A value as Python has it: what tools call missing is None, what NumPy and pandas wrap is unwrapped."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, numpy.ndarray):
        return [plain(one) for one in value.tolist()]
    if isinstance(value, list):
        return [plain(one) for one in value]
    if value is None or value is pandas.NaT or value is pandas.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pandas.Timestamp):
        return value.to_pydatetime()
    return value.item() if isinstance(value, numpy.generic) else value


WANTED = [tuple(plain(value) for value in row) for row in ANSWER]


def compare(what, rows, wanted=WANTED):
    """Column by column, so that a failure says which."""
    rows = sorted((tuple(plain(value) for value in row) for row in rows), key=lambda row: row[0])
    check(f"{what}: rows", len(rows), len(wanted))
    for at, name in enumerate(NAMES):
        wrong = [(row[0], row[at], good[at]) for row, good in zip(rows, wanted) if row[at] != good[at] or (row[at] is None) != (good[at] is None)]
        check(f"{what}: {name}", wrong[:2], [])


def run(snippet, password=None):
    """As a person would: pasted, and asked for the password."""
    getpass.getpass = lambda *_: password or os.environ["PEER_ANA"]
    space, out = {}, io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(snippet["text"], space)
    return space, out.getvalue()


def the_answer_of_sql():
    check("every row", [tuple(row) for row in ANSWER], KINDS)


def the_snippets():
    check("all of them are there", sorted((one["port"], one["tool"]) for one in snippets), sorted([
        ("sql", "Python"), ("sql", "pandas"), ("rest", "pandas"), ("arrow", "pandas (Arrow)"), ("arrow", "polars"), ("arrow", "DuckDB"), ("files", "DuckDB, by a link"), ("files", "polars, by a link"),
    ]))


def httpfs():
    """DuckDB fetches what reads addresses from its own site when it is first needed; where that is closed to it there is nothing to check."""
    try:
        duckdb.sql("select * from read_csv('http://127.0.0.1:1/nothing')")
    except Exception as error:
        return "extension" not in str(error)
    return True


def work_of(snippet):
    port, tool = snippet["port"], snippet["tool"]
    what = f"{port}, {tool}"

    def work():
        if (port, tool) == ("files", "DuckDB, by a link") and not httpfs():
            print("SKIPPED: DuckDB's httpfs cannot be installed on this machine")
            counts["skipped"] = counts.get("skipped", 0) + 1
            return
        space, printed = run(snippet)
        table, frame = space.get("table", space.get("rows")), space.get("frame")
        if port == "arrow":
            check(f"{what}: types", {field.name: str(field.type) for field in table.schema}, ARROW)
            compare(f"{what}, table", (tuple(row[name] for name in NAMES) for row in table.to_pylist()))
        if port == "sql":
            check(what, len(frame) if tool == "pandas" else len(printed.splitlines()), 10)
        elif tool == "polars" or tool.startswith("polars,"):
            # Parquet keeps UUIDs as sixteen bytes, and polars leaves them so.
            types = POLARS if port == "arrow" else {**POLARS, "tag": polars.Binary}
            check(f"{what}: frame's types", dict(frame.schema), types)
            check(f"{what}: missing values", frame.null_count().row(0), tuple(sum(row[at] is None for row in WANTED) for at in range(len(NAMES))))
            compare(what, (row if port == "arrow" else (*row[:11], str(uuid.UUID(bytes=row[11])), *row[12:]) for row in frame.rows()))
        elif tool.startswith("pandas"):
            compare(what, zip(*(frame[name].tolist() for name in NAMES)))
        else:
            check(f"{what}: what it prints", "10000" in printed, True)
            if port == "arrow":
                rows = space["rows"]
                compare(f"{what}, asked", duckdb.sql(f"select {', '.join(NAMES)} from rows").fetchall())
                check(f"{what}, counted", duckdb.sql("select count(*), count(flag), count(note), sum(small) from rows where id % 3 = 0").fetchall(), [sql("select count(*), count(flag), count(note), sum(small) from every.kinds where id % 3 = 0")])
                del rows

    return work


def sql(text):
    with psycopg.connect(**login("ana")) as connection:
        return connection.execute(text).fetchone()


def a_wrong_password():
    for snippet in snippets:
        if snippet["port"] == "arrow":
            try:
                run(snippet, "wrong")
                check(f"{snippet['tool']} with a wrong password", "read", "refused")
            except requests.HTTPError as error:
                check(f"{snippet['tool']} with a wrong password", error.response.status_code, 401)


def a_changed_value_is_seen():
    """The control: the comparison finds one value that is another, and one that is missing."""
    before = dict(counts)
    with contextlib.redirect_stdout(io.StringIO()):
        compare("control", [(*row[:3], 7.0, *row[4:]) if row[0] == 5 else (*row[:12], None, *row[13:]) if row[0] == 6 else row for row in WANTED])
    found = counts["failed"] - before["failed"]
    counts.update(before)
    check("the control finds both columns", found, 2)


for work in [the_answer_of_sql, the_snippets, *map(work_of, snippets), a_wrong_password, a_changed_value_is_seen]:
    section(work)
print(f"{counts['passed']} passed, {counts['failed']} failed, {counts.get('skipped', 0)} skipped")
sys.exit(1 if counts["failed"] else 0)
