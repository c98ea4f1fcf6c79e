"""psycopg 3: text and binary, simple and extended protocol, cursors, pipelines, cancels."""

import asyncio
import os
import tempfile
import threading
import time as clock
from datetime import datetime, timedelta
from decimal import Decimal

import psycopg
from psycopg import pq
from psycopg.rows import dict_row

from peer import CA, ENDLESS, KINDS, ROWS, VALUES, check, login


def connect(who="ana", **more):
    return psycopg.connect(autocommit=True, **login(who, **more))


def answer(conn, sql, parameters=None, binary=False, prepare=None):
    """The rows of an answer, or the SQLSTATE of a refusal; None where psycopg itself refuses."""
    try:
        return conn.execute(sql, parameters, binary=binary, prepare=prepare).fetchall()
    except psycopg.Error as error:
        return error.sqlstate


def signing_in():
    with connect() as conn:
        check("encrypted", (conn.pgconn.ssl_in_use, conn.pgconn.used_password), (True, True))
        check("server version", conn.info.server_version // 10000, 15)
        check("who", conn.execute("select current_user, current_database()").fetchone(), ("ana", "tulle"))
        check("settings reported", (conn.info.parameter_status("server_encoding"), str(conn.info.timezone), conn.info.encoding), ("UTF8", "UTC", "utf-8"))
    with connect(sslmode="verify-full", host="localhost"):
        check("the certificate has our name", True, True)
    with tempfile.TemporaryDirectory() as folder:
        other = os.path.join(folder, "ca.pem")
        if os.system(f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=other -keyout {folder}/key.pem -out {other} 2>/dev/null") == 0:
            try:
                connect(sslrootcert=other).close()
                check("another CA", "signed in", "refused")
            except psycopg.OperationalError as error:
                check("another CA", "certificate verify failed" in str(error), True)
    for what, more, words in [
        ("wrong password", {"password": "wrong"}, "password authentication failed for user"),
        ("unknown user", {"user": "nobody"}, "password authentication failed for user"),
        ("another database", {"dbname": "postgres"}, "postgres"),
    ]:
        try:
            connect(**more).close()
            check(what, "signed in", "refused")
        except psycopg.OperationalError as error:
            check(f"{what}: {error}", words in str(error), True)


def every_type():
    with connect() as conn:
        for binary in (False, True):
            cursor = conn.execute("select * from every.kinds order by id", binary=binary)
            form = "binary" if binary else "text"
            check(f"{form}: columns", [c.name for c in cursor.description][:3], ["id", "small", "flag"])
            check(f"{form}: types", [c.type_code for c in cursor.description], [20, 23, 16, 700, 701, 1700, 1700, 1082, 1083, 1114, 1184, 2950, 25, 17, 1016, 114])
            check(f"{form}: precision and scale", [(c.precision, c.scale) for c in cursor.description][5:7], [(12, 3), (38, 10)])
            rows = cursor.fetchall()
            check(f"{form}: rows", (len(rows), cursor.rowcount), (ROWS, ROWS))
            for column, name in enumerate(c.name for c in cursor.description):
                check(f"{form}: {name}", [r[column] for r in rows], [k[column] for k in KINDS])
        check("rows as dictionaries", conn.cursor(row_factory=dict_row).execute("select id, day from every.kinds where id = 3").fetchone(), {"id": 3, "day": KINDS[3][7]})


def parameters():
    with connect() as conn:
        for binary in (False, True):
            for sort, value in VALUES:
                for place in ("%s", "%b", "%t"):
                    form = f"{place} as {sort}, {'binary' if binary else 'text'} result"
                    found = answer(conn, f"select {place}::{sort}", (value,), binary)
                    if found is not None:  # psycopg has no such format for the type
                        check(f"{form} of {str(value)[:40]!r}", found, [(value,)])
                if sort == "text[]":  # psycopg leaves the type of such a list open
                    continue
                found = answer(conn, "select %s, id from every.kinds where id = 3", (value,), binary)
                check(f"bare, {'binary' if binary else 'text'} result, of {str(value)[:40]!r}", found, [(value, 3)])
        row = KINDS[4321]
        where = [("id", 0), ("small", 1), ("price", 5), ("wide", 6), ("day", 7), ("clock", 8), ("moment", 9), ("instant", 10), ("tag", 11), ("note", 12), ("raw", 13)]
        for name, column in where:
            for prepare in (False, True, True):
                check(f"{name} = parameter", answer(conn, f"select id from every.kinds where {name} = %s", (row[column],), prepare=prepare), [(4321,)])
        for sql, values, wanted in [
            ("select id from every.kinds where id = any(%s) order by id", ([5, 9, 12],), [(5,), (9,), (12,)]),
            ("select id from every.kinds where not id = any(%s) order by id limit 1", ([0, 1],), [(2,)]),
            ("select id from every.kinds order by id limit %s offset %s", (2, 40), [(40,), (41,)]),
            ("select id from every.kinds order by id limit %s::int", (1,), [(0,)]),
            ("select %s::text is null, %s::int", (None, None), [(True, None)]),
            ("select %(a)s::int + %(a)s::int", {"a": 21}, [(42,)]),
            ("select coalesce(note, %s) from every.kinds where id = 5", ("none",), [("none",)]),
            ("select id from every.kinds where id in (%s, %s) order by id", (1, 2), [(1,), (2,)]),
            ("select case when id > %s then %s else %s end from every.kinds where id = 3", (1, "a", "b"), [("a",)]),
            ("select %s || 'x', %s + 1", ("a", 1), [("ax", 2)]),
            ("select count(*) from every.kinds where moment > timestamp '1970-01-02 00:00:00' - %s and id < 3", (timedelta(days=1),), [(2,)]),
            ("select date_trunc(%s, moment) from every.kinds where id = 0", ("month",), [(datetime(1969, 12, 1),)]),
            ("select 1.23456::numeric, %s::numeric", (Decimal("1.23456"),), [(Decimal("1.23456"), Decimal("1.23456"))]),
        ]:
            check(f"{sql} of {values}", answer(conn, sql, values), wanted)
        for i in range(12):
            check("prepared after five times", conn.execute("select note, %s::int from every.kinds where id = %s", (i, i)).fetchone(), (KINDS[i][12], i))


def protocols():
    with connect() as conn:
        cursor = conn.execute("select 1; select 'two', null; select id from every.kinds where id < 3 order by 1")
        answers = [cursor.fetchall()]
        while cursor.nextset():
            answers.append(cursor.fetchall())
        check("three statements in one", answers, [[(1,)], [("two", None)], [(0,), (1,), (2,)]])
        check("an empty statement", conn.pgconn.exec_(b"").status, pq.ExecStatus.EMPTY_QUERY)
        check("no rows", conn.execute("select id, note from every.kinds where id < 0").fetchall(), [])
        with conn.pipeline():
            asked = [conn.execute("select %s::int * 2", (i,)) for i in range(20)]
        check("a pipeline", [c.fetchone()[0] for c in asked], [2 * i for i in range(20)])
        try:
            with conn.pipeline():
                conn.execute("select 1")
                conn.execute("select * from nowhere.nothing")
                conn.execute("select 3")
            check("a pipeline with an error", "passed", "42P01")
        except psycopg.Error as error:
            check("a pipeline with an error", error.sqlstate, "42P01")
        check("after it", conn.execute("select 4").fetchone(), (4,))
        check("row by row", sum(row[0] for row in conn.cursor().stream("select id from every.kinds")), sum(range(ROWS)))
        check("two connections at once", together(), [sum(range(ROWS))] * 4)
        check("asynchronously", asyncio.run(ask_async()), [(i, KINDS[i][12]) for i in range(5)])


def together():
    found = []

    def ask():
        with connect() as conn:
            found.append(int(conn.execute("select sum(id) from every.kinds").fetchone()[0]))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


async def ask_async():
    async with await psycopg.AsyncConnection.connect(**login("ana")) as conn:
        cursor = await conn.execute("select id, note from every.kinds where id < %s order by id", (5,))
        return await cursor.fetchall()


def cursors():
    with psycopg.connect(**login("ana")) as conn:
        for binary in (False, True):
            with conn.cursor(name=f"c{binary:d}", binary=binary) as cursor:
                cursor.itersize = 777
                cursor.execute("select * from every.kinds where id >= 1000 order by id")
                first = cursor.fetchmany(10)
                check("first ten", first, KINDS[1000:1010])
                check("the rest", [row[0] for row in cursor], list(range(1010, ROWS)))
                check("the end", cursor.fetchone(), None)
        with conn.cursor(name="asks") as cursor:
            try:
                cursor.execute("select id from every.kinds where id >= %s and note like %s order by id", (1000, "%1001%"))
                check("a cursor with parameters", cursor.fetchall(), [(1001,)])
            except psycopg.Error as error:
                check("a cursor with parameters", error.sqlstate, "rows")
                conn.rollback()
        with conn.cursor(name="skips") as cursor:
            cursor.execute("select id from every.kinds order by id")
            cursor.scroll(500)
            check("after 500 skipped", cursor.fetchmany(2), [(500,), (501,)])
        with conn.cursor(name="one") as one, conn.cursor(name="two") as two:
            one.execute("select id from every.kinds order by id")
            two.execute("select id from every.kinds order by id desc")
            check("two cursors in turns", [(one.fetchone()[0], two.fetchone()[0]) for _ in range(3)], [(0, 9999), (1, 9998), (2, 9997)])
        held = conn.cursor(name="held", withhold=True)
        held.execute("select id from every.kinds order by id")
        check("held", held.fetchmany(2), [(0,), (1,)])
        conn.commit()
        check("held over the commit", held.fetchmany(2), [(2,), (3,)])
        held.close()
        lost = conn.cursor(name="lost")
        lost.execute("select id from every.kinds order by id")
        conn.commit()
        try:
            lost.fetchone()
            check("a cursor after its transaction", "answered", "34000")
        except psycopg.Error as error:
            check("a cursor after its transaction", error.sqlstate, "34000")
        conn.rollback()


def errors():
    with connect() as conn, connect("bo") as bo:
        for what, who, sql, wanted in [
            ("denied table", bo, "select * from wages.wages", "42501"),
            ("denied in a join", bo, "select count(*) from every.kinds k join wages.wages w on w.person = k.id", "42501"),
            ("denied below", bo, "with w as (select 1 where exists (select 1 from wages.wages)) select * from w", "42501"),
            ("unknown table", conn, "select * from every.nothing", "42P01"),
            ("unknown schema", conn, "select * from nowhere.kinds", "42P01"),
            ("unknown column", conn, "select nothing from every.kinds", "42703"),
            ("unknown function", conn, "select nothing(1)", "42883"),
            ("a syntax error", conn, "select * from every.kinds where where id = 1", "42601"),
            ("no number", conn, "select 'x'::int", "22P02"),
            ("out of range", conn, "select 2147483647::int + 1::int", "22003"),
            ("a write", conn, "delete from every.kinds", "25006"),
            ("a table of one's own", conn, "create table t (a int)", "25006"),
            ("a file", conn, "select * from read_csv('/etc/passwd')", "42883"),
            ("copy to a file", conn, "copy every.kinds to '/tmp/x'", "42501"),
        ]:
            check(what, answer(who, sql), wanted)
            check(f"after {what}", answer(who, "select 1"), [(1,)])
        for sql, position in [("select * from every.kinds where where id = 1", 33), ("select '🦆🦆', * from every.kinds where where id = 1", 39)]:
            try:
                conn.execute(sql)
            except psycopg.errors.SyntaxError as error:
                check("position of a syntax error", error.diag.statement_position, str(position))


def limits():
    with connect() as conn:
        conn.execute("set statement_timeout = '400ms'")
        start = clock.monotonic()
        check("a timeout", answer(conn, ENDLESS), "57014")
        check("a timeout with a parameter", answer(conn, f"{ENDLESS.replace('%', '%%')} and a.id > %s", (0,)), "57014")
        check("in time", clock.monotonic() - start < 8, True)
        conn.execute("reset statement_timeout")
        timer = threading.Timer(0.5, conn.cancel_safe)
        timer.start()
        start = clock.monotonic()
        check("a cancel", answer(conn, ENDLESS), "57014")
        check("the cancel in time", clock.monotonic() - start < 8, True)
        timer.join()
        check("after the cancel", answer(conn, "select count(*) from every.kinds"), [(ROWS,)])
    with connect(options="-c statement_timeout=300") as conn:
        check("a timeout of the connection", (answer(conn, "show statement_timeout"), answer(conn, ENDLESS)), ([("300ms",)], "57014"))


def transactions():
    with psycopg.connect(**login("ana")) as conn:
        status = lambda: conn.info.transaction_status.name
        check("idle", status(), "IDLE")
        conn.execute("select 1")
        check("in a transaction", status(), "INTRANS")
        check("an error", answer(conn, "select * from every.nothing"), "42P01")
        check("failed", status(), "INERROR")
        check("nothing until its end", answer(conn, "select 1"), "25P02")
        conn.rollback()
        check("rolled back", (status(), answer(conn, "select 1")), ("IDLE", [(1,)]))
        conn.commit()
        with conn.transaction():
            try:
                with conn.transaction():
                    conn.execute("select 2147483647::int + 1::int")
            except psycopg.errors.NumericValueOutOfRange:
                pass
            check("after a savepoint", answer(conn, "select 2"), [(2,)])
        check("committed", status(), "IDLE")
        conn.read_only, conn.isolation_level = True, psycopg.IsolationLevel.REPEATABLE_READ
        check("begun with an isolation", answer(conn, "select count(*) from every.kinds"), [(ROWS,)])
        conn.rollback()
        conn.execute("set local statement_timeout = '5s'")
        check("a local setting", answer(conn, "show statement_timeout"), [("5s",)])
        conn.rollback()
        check("after the rollback", answer(conn, "show statement_timeout"), [("0",)])


def two_readers():
    with connect() as ana, connect("bo") as bo:
        wages = "select count(*), sum(wage) from wages.wages"
        check("Ana reads wages", str(answer(ana, wages)), "[(10, Decimal('10045.00'))]")
        check("Bo does not", answer(bo, wages), "42501")
        tables = "select table_schema, table_name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2"
        check("Ana's tables", answer(ana, tables), [("every", "kinds"), ("wages", "wages")])
        check("Bo's tables", answer(bo, tables), [("every", "kinds")])
        check("Bo's kinds", answer(bo, "select max(id) from every.kinds"), [(9999,)])
        check("one engine, two readers", (answer(bo, "select * from wages.wages limit 1"), len(answer(ana, "select * from wages.wages limit 1"))), ("42501", 1))


SECTIONS = [signing_in, every_type, parameters, protocols, cursors, errors, limits, transactions, two_readers]
