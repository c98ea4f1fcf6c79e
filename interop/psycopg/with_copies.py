"""Copies and pandas: COPY by both drivers, read_sql with chunks, prepared by SQL, purposes."""

import csv
import io
from contextlib import closing

import pandas as pd
import psycopg
import psycopg2
import sqlalchemy as sa

from peer import KINDS, ROWS, check, login


def copies_by_psycopg3():
    with psycopg.connect(autocommit=True, **login("ana")) as conn, conn.cursor() as cursor:
        with cursor.copy("copy (select id, small, flag, price, day, instant, note, raw, parts from every.kinds order by id) to stdout") as copy:
            copy.set_types(["int8", "int4", "bool", "numeric", "date", "timestamptz", "text", "bytea", "int8[]"])
            rows = list(copy.rows())
        check("rows as text", rows, [(k[0], k[1], k[2], k[5], k[7], k[10], k[12], k[13], k[14]) for k in KINDS])
        with cursor.copy("copy (select id, small, flag, ratio, price, moment, tag, note, raw from every.kinds order by id) to stdout (format binary)") as copy:
            copy.set_types(["int8", "int4", "bool", "float8", "numeric", "timestamp", "uuid", "text", "bytea"])
            rows = list(copy.rows())
        check("rows in binary", rows, [(k[0], k[1], k[2], k[4], k[5], k[9], k[11], k[12], k[13]) for k in KINDS])
        with cursor.copy("copy (select 1 where false) to stdout binary") as copy:
            copy.set_types(["int4"])
            check("no rows in binary", list(copy.rows()), [])
        check("after them", cursor.execute("select 1").fetchall(), [(1,)])
        for text, state in [("copy every.kinds from stdin", "25006"), ("copy every.kinds to '/tmp/x'", "42501"), ("copy wages.nothing to stdout", "42P01")]:
            try:
                with cursor.copy(text) as copy:
                    check(text, "copied", state)
            except psycopg.Error as error:
                check(text, error.sqlstate, state)


def copies_by_psycopg2():
    with closing(psycopg2.connect(**login("ana"))) as conn, conn.cursor() as cursor:
        out = io.StringIO()
        cursor.copy_expert("COPY every.kinds (id, note) TO STDOUT WITH CSV HEADER", out)
        check("csv", sorted(csv.reader(io.StringIO(out.getvalue()))), sorted([["id", "note"]] + [[str(k[0]), k[12] or ""] for k in KINDS]))
        out = io.StringIO()
        cursor.copy_expert("copy wages.wages (person) to stdout", out)
        check("a column of a table", len(out.getvalue().splitlines()), 10)


def frames():
    one = sa.create_engine(sa.URL.create("postgresql+psycopg", **{"username": "ana", "password": login("ana")["password"], "host": "127.0.0.1", "port": login("ana")["port"], "database": "tulle", "query": {name: login("ana")[name] for name in ("sslmode", "sslrootcert")}}))
    frame = pd.read_sql("select id, price, day, note, ratio from every.kinds order by id", one)
    check("a frame", (len(frame), list(frame["id"][:3]), float(frame["ratio"].sum())), (ROWS, [0, 1, 2], sum(k[4] for k in KINDS)))
    with one.connect().execution_options(stream_results=True) as conn:
        chunks = [len(chunk) for chunk in pd.read_sql(sa.text("select * from every.kinds order by id"), conn, chunksize=3000)]
    check("in chunks", chunks, [3000, 3000, 3000, 1000])
    check("with parameters", list(pd.read_sql(sa.text("select id from every.kinds where id = any(:ids) order by id"), one, params={"ids": [5, 9]})["id"]), [5, 9])
    check("a table", len(pd.read_sql_table("wages", one, schema="wages")), 10)
    one.dispose()


def prepared_by_sql():
    with psycopg.connect(autocommit=True, **login("ana")) as conn:
        conn.execute("prepare p (int) as select note from every.kinds where id = $1")
        check("executed", conn.execute("execute p (7)").fetchall(), [(KINDS[7][12],)])
        conn.execute("deallocate p")
        check("explained", conn.execute("explain select id from every.kinds").fetchone()[0].startswith("Governed Query"), True)


def untyped_parameters():
    with psycopg.connect(autocommit=True, **login("ana")) as conn:
        check("any of a list", conn.execute("select id from every.kinds where id = any(%s) order by id", ([5, 9],)).fetchall(), [(5,), (9,)])
        check("round", conn.execute("select round(price, %s) from every.kinds where id = 5001", (1,)).fetchall()[0][0] == 1, True)
        check("any of a text", conn.execute("select id from every.kinds where id = any('{5,9}') order by id").fetchall(), [(5,), (9,)])


def purposes():
    who = psycopg.connect(autocommit=True, **login("ana")).execute("show tulle.purpose").fetchone()[0]
    named = login("ana")
    with psycopg.connect(autocommit=True, **{**named, "user": f"ana+{who}"}) as conn:
        check("behind the name", conn.execute("show tulle.purpose").fetchone()[0], who)
    with psycopg.connect(autocommit=True, **{**named, "options": f"-c tulle.purpose={who}"}) as conn:
        check("in the options", conn.execute("show tulle.purpose").fetchone()[0], who)
    try:
        psycopg.connect(**{**named, "user": "ana+nothing_of_the_kind"}).close()
        check("one that is not open", "signed in", "refused")
    except psycopg.OperationalError as error:
        check("one that is not open", "is not open to you" in str(error), True)


SECTIONS = [copies_by_psycopg3, copies_by_psycopg2, frames, prepared_by_sql, untyped_parameters, purposes]
