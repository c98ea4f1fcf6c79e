"""PyIceberg as a client of Tulle's Iceberg catalogue, by real accounts."""

import base64
import json
import os
import sys
import threading
import time
import urllib.request
from datetime import date

import psycopg
import pyarrow as pa
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import CommitFailedException, ForbiddenError, NoSuchNamespaceError, NoSuchTableError, OAuthError, TableAlreadyExistsError
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, MonthTransform
from pyiceberg.types import DateType, LongType, NestedField, StringType

URL = os.environ["PEER_URL"] + "/iceberg"
PASSWORDS = {"ada": os.environ["PEER_ADA"], "ana": os.environ["PEER_ANA"], "bo": os.environ["PEER_BO"]}
ROWS = 10_000
counts = {"passed": 0, "failed": 0}


def catalog(who, **more):
    return RestCatalog(who, uri=URL, credential=f"{who}:{PASSWORDS[who]}", **more)


def sql(who, statement):
    with psycopg.connect(host="127.0.0.1", port=int(os.environ["PEER_PORT"]), user=who, password=PASSWORDS[who], dbname="tulle", sslmode="verify-ca", sslrootcert=os.environ["PEER_CA"]) as connection:
        return connection.execute(statement).fetchall()


def check(what, found, wanted):
    good = found == wanted
    counts["passed" if good else "failed"] += 1
    if not good:
        print(f"FAILED {what}: found {str(found)[:300]}, wanted {str(wanted)[:300]}")


def refused(what, error, work):
    try:
        work()
        check(what, "done", error.__name__)
    except Exception as found:
        check(what, type(found).__name__, error.__name__)


def section(work):
    """Runs a group of checks; one that breaks is a failure and leaves the others."""
    try:
        work()
    except Exception as error:
        counts["failed"] += 1
        print(f"FAILED {work.__name__}: {type(error).__name__}: {str(error)[:500]} (line {error.__traceback__.tb_next.tb_lineno})")


def whoever_signs_in():
    refused("a wrong password", OAuthError, lambda: RestCatalog("x", uri=URL, credential="ana:wrong-password"))
    check("namespaces of ana", sorted(catalog("ana").list_namespaces()), [("every",), ("wages",)])
    check("namespaces of bo", catalog("bo").list_namespaces(), [("every",)])
    check("a warehouse by name", catalog("bo", warehouse="tulle").list_tables("every"), [("every", "kinds")])
    refused("a table without a grant", NoSuchTableError, lambda: catalog("bo").load_table("wages.wages"))
    check("a table without a grant is not there", catalog("bo").table_exists("wages.wages"), False)
    refused("a namespace without a grant", NoSuchNamespaceError, lambda: catalog("bo").list_tables("wages"))
    refused("another purpose", NoSuchTableError, lambda: catalog("ana", **{"header.x-tulle-purpose": "spying"}).load_table("wages.wages"))
    refused("a new namespace of a consumer", ForbiddenError, lambda: catalog("ana").create_namespace("mine"))


def rows_are_those_of_the_sql_port():
    table = catalog("ana").load_table("every.kinds")
    scanned = table.scan().to_arrow().sort_by("id")
    # Types that both sides print in one way; the others are compared column by column elsewhere.
    columns = ["id", "small", "flag", "single", "ratio", "price", "wide", "day", "clock", "moment", "note", "raw"]
    mine = list(zip(*(scanned[column].to_pylist() for column in columns)))
    theirs = sql("ana", f"select {', '.join(columns)} from every.kinds order by id")
    check("how many rows", len(mine), ROWS)
    check("every row", mine, theirs)
    check("a filter", table.scan(row_filter="id < 10", selected_fields=("id",)).to_arrow().num_rows, 10)


def a_commit_to_a_products_table():
    before = sql("ana", "select count(*), sum(wage) from wages.wages")[0]
    ada = catalog("ada").load_table("wages.wages")
    first = ada.current_snapshot()
    refused("a consumer's append", ForbiddenError, lambda: append(catalog("ana").load_table("wages.wages"), 77))
    append(ada, 77)
    check("the SQL port sees the append at once", sql("ana", "select count(*) from wages.wages")[0][0], before[0] + 1)
    table = catalog("ana").load_table("wages.wages")
    check("another reader sees it too", table.scan().to_arrow().num_rows, before[0] + 1)
    check("time travel", table.scan(snapshot_id=first.snapshot_id).to_arrow().num_rows, before[0])
    check("the parent", table.current_snapshot().parent_snapshot_id, first.snapshot_id)
    stale = catalog("ada").load_table("wages.wages")
    append(catalog("ada").load_table("wages.wages"), 78)
    # PyIceberg takes up what others appended and tries again, so both are there.
    append(stale, 79)
    check("none of two writers is lost", sorted(row[0] for row in sql("ana", "select person from wages.wages where person > 70")), [77, 78, 79])
    refused("a change of its shape", ForbiddenError, lambda: widen(catalog("ada").load_table("wages.wages")))
    refused("a drop", ForbiddenError, lambda: catalog("ada").drop_table("wages.wages"))
    ada = catalog("ada").load_table("wages.wages")
    ada.manage_snapshots().create_tag(first.snapshot_id, "before").commit()
    check("a tag", catalog("ana").load_table("wages.wages").snapshot_by_name("before").snapshot_id, first.snapshot_id)
    ada.delete("person > 70")
    check("a delete", sql("ana", "select count(*), sum(wage) from wages.wages")[0], before)


def append(table, person):
    fields = {field.name: field for field in table.schema().as_arrow()}
    table.append(pa.table({"person": pa.array([person], fields["person"].type), "wage": pa.array([1], fields["wage"].type)}, schema=pa.schema(list(fields.values()))))


def widen(table):
    with table.update_schema() as update:
        update.add_column("more", StringType())


def a_table_of_its_own():
    ada = catalog("ada")
    ada.create_namespace(("lab", "deep"), {"owner": "ada"})
    check("a nested namespace", ada.list_namespaces("lab"), [("lab", "deep")])
    check("its properties", ada.load_namespace_properties(("lab", "deep")), {"owner": "ada"})
    ada.update_namespace_properties(("lab", "deep"), removals={"owner"}, updates={"for": "tests"})
    check("its properties, changed", ada.load_namespace_properties(("lab", "deep")), {"for": "tests"})
    schema = Schema(NestedField(1, "id", LongType(), required=True), NestedField(2, "day", DateType()), NestedField(3, "note", StringType()))
    spec = PartitionSpec(PartitionField(2, 1000, MonthTransform(), "month"), PartitionField(1, 1001, BucketTransform(4), "bucket"))
    name = ("lab", "deep", "notes")
    table = ada.create_table(name, schema, partition_spec=spec, properties={"write.parquet.compression-codec": "zstd"})
    refused("the same table again", TableAlreadyExistsError, lambda: ada.create_table(name, schema))
    arrow = table.schema().as_arrow()
    rows = pa.table({"id": range(100), "day": [date(2026, 1 + i % 12, 1) for i in range(100)], "note": [f"n{i}" for i in range(100)]}, schema=arrow)
    table.append(rows)
    check("rows in partitions", ada.load_table(name).scan().to_arrow().num_rows, 100)
    check("pruning", len(list(ada.load_table(name).scan(row_filter="day = '2026-03-01'").plan_files())), 4)
    with table.update_schema() as update:
        update.rename_column("note", "remark")
        update.add_column("more", StringType())
    with table.update_spec() as update:
        update.remove_field("month")
    table = ada.load_table(name)
    table.append(pa.table({"id": [1000], "day": [date(2027, 1, 1)], "remark": ["new"], "more": ["x"]}, schema=table.schema().as_arrow()))
    check("a changed schema and spec", sorted(ada.load_table(name).scan(row_filter="id >= 99").to_arrow()["remark"].to_pylist()), ["n99", "new"])
    with table.transaction() as transaction:
        transaction.set_properties({"owner": "ada"})
        transaction.delete("id < 50")
    check("a transaction", (ada.load_table(name).scan().to_arrow().num_rows, ada.load_table(name).properties["owner"]), (51, "ada"))
    ada.rename_table(name, ("lab", "deep", "a_first"))
    check("a rename", ada.list_tables(("lab", "deep")), [("lab", "deep", "a_first")])
    check("nobody else sees it", catalog("ana").list_namespaces(), [("every",), ("wages",)])
    location = ada.load_table(("lab", "deep", "a_first")).metadata_location
    ada.drop_table(("lab", "deep", "a_first"))
    back = ada.register_table(("lab", "deep", "back"), location)
    check("registered again", back.scan().to_arrow().num_rows, 51)
    with ada.create_table_transaction(("lab", "deep", "staged"), schema) as transaction:
        transaction.set_properties({"made": "in one commit"})
    check("a staged table", ada.load_table(("lab", "deep", "staged")).properties["made"], "in one commit")
    refused("a drop of a product's namespace", ForbiddenError, lambda: ada.drop_namespace("every"))
    for table_name in ["back", "staged"]:
        ada.purge_table(("lab", "deep", table_name))
    ada.drop_namespace(("lab", "deep"))
    check("dropped", ada.namespace_exists(("lab", "deep")), False)


def many_writers():
    ada = catalog("ada")
    ada.create_namespace("race")
    ada.create_table(("race", "t"), Schema(NestedField(1, "id", LongType())))
    writers, appends = 4, 8
    acknowledged = []

    def write(writer):
        mine = catalog("ada")
        for i in range(appends):
            while True:
                try:
                    table = mine.load_table(("race", "t"))
                    table.append(pa.table({"id": [writer * 100 + i]}, schema=table.schema().as_arrow()))
                    acknowledged.append(writer * 100 + i)
                    break
                except CommitFailedException:
                    pass

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = sorted(ada.load_table(("race", "t")).scan().to_arrow()["id"].to_pylist())
    check("none of the concurrent appends is lost, none is there twice", found, sorted(acknowledged))
    check("how many were acknowledged", len(acknowledged), writers * appends)


def a_part_of_a_table():
    hidden = "raw"
    before = catalog("bo").table_exists("wages.wages")
    check("nothing without a grant", before, False)
    wages = grant("bo", "wages", "wages", ["person"])
    held = catalog("bo").load_table("wages.wages")
    rows = sorted(held.scan().to_arrow().to_pylist(), key=lambda row: row["person"])
    check("the rows of a part", [tuple(row.values()) for row in rows], sql("bo", 'select * from wages.wages order by person'))
    check("its columns", [field.name for field in held.schema().fields], ["person"])
    check("each of its snapshots", [held.scan(snapshot_id=snapshot.snapshot_id).to_arrow().num_columns for snapshot in held.metadata.snapshots], [1] * len(held.metadata.snapshots))
    refused("an append to a part, whose files cannot be written", OSError, lambda: held.append(held.scan().to_arrow()))
    whole = catalog("ana").load_table("every.kinds")
    columns = [field.name for field in whole.schema().fields if field.name != hidden]
    all_of_it = [given["id"] for given in api("GET", "/grants")["grants"] if given["subject"] == "bo" and given["product"] == "every" and given["state"] == "active"]
    for given in all_of_it:
        api("DELETE", f"/grants/{given}")
    kinds = grant("bo", "every", "kinds", columns)
    part = catalog("bo").load_table("every.kinds")
    mine = part.scan().to_arrow().sort_by("id")
    check("every type but the hidden column", (mine.column_names, mine.num_rows), (columns, ROWS))
    theirs = whole.scan(selected_fields=tuple(columns)).to_arrow().sort_by("id")
    for column in columns:
        check(f"the values of {column}", mine[column].to_pylist() == theirs[column].to_pylist(), True)
    check("a filter on a part", part.scan(row_filter="id < 10", selected_fields=("id",)).to_arrow().num_rows, 10)
    for given in (wages, kinds):
        api("DELETE", f"/grants/{given}")
    # Within a second, in a table that is loaded already.
    time.sleep(1)
    refused("a part that was taken back", OSError, lambda: held.scan().to_arrow())
    refused("loading it again", NoSuchTableError, lambda: catalog("bo").load_table("wages.wages"))
    grant("bo", "every", "kinds", None)


def grant(subject, product, data_set, columns):
    given = api("POST", "/grants", {"subjectKind": "user", "subject": subject, "product": product, "dataSet": data_set, "purposes": ["testing"], **({} if columns is None else {"columns": columns})})
    return given["id"]


def api(method, path, body=None):
    credentials = base64.b64encode(f"ada:{PASSWORDS['ada']}".encode()).decode()
    request = urllib.request.Request(f"{os.environ['PEER_URL']}/api/v1{path}", method=method, data=None if body is None else json.dumps(body).encode(), headers={"authorization": f"Basic {credentials}", **({} if body is None else {"content-type": "application/json"})})
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return json.loads(text) if text else None


for work in [whoever_signs_in, rows_are_those_of_the_sql_port, a_part_of_a_table, a_commit_to_a_products_table, a_table_of_its_own, many_writers]:
    section(work)
print(f"{counts['passed']} passed, {counts['failed']} failed")
sys.exit(1 if counts["failed"] else 0)
