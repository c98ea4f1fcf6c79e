"""psycopg2: the simple protocol, literals of its own, named cursors."""

import threading
from contextlib import closing
from decimal import Decimal

import psycopg2
import psycopg2.extras
from psycopg2 import extensions

from peer import ENDLESS, KINDS, ROWS, VALUES, check, login

psycopg2.extras.register_uuid()


def connect(user="ana", **more):
    return closing(psycopg2.connect(**login(user, **more)))


def answer(conn, sql, parameters=None):
    with conn.cursor() as cursor:
        try:
            cursor.execute(sql, parameters)
            return cursor.fetchall()
        except psycopg2.Error as error:
            return error.pgcode


def plain(row):
    return tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)


def signing_in():
    with connect() as conn:
        check("encrypted", (conn.info.ssl_in_use, conn.server_version // 10000), (True, 15))
    try:
        psycopg2.connect(**login("ana", password="wrong"))
        check("wrong password", "signed in", "refused")
    except psycopg2.OperationalError as error:
        check("wrong password", "password authentication failed" in str(error), True)


def every_type():
    with connect() as conn, conn.cursor() as cursor:
        cursor.execute("select * from every.kinds order by id")
        check("rows counted", cursor.rowcount, ROWS)
        check("types", [c.type_code for c in cursor.description][:6], [20, 23, 16, 700, 701, 1700])
        rows = [plain(row) for row in cursor]
        for column, name in enumerate(c.name for c in cursor.description):
            check(name, [r[column] for r in rows], [k[column] for k in KINDS])


def parameters():
    with connect() as conn:
        for sort, value in VALUES:
            found = answer(conn, f"select (%s)::{sort}", (value,))
            check(f"{str(value)[:40]!r} as {sort}", plain(found[0])[0] if isinstance(found, list) else found, value)
            conn.rollback()
        check("in a tuple", answer(conn, "select id from every.kinds where id in %s order by id", ((4, 6),)), [(4,), (6,)])
        check("any of a list", answer(conn, "select id from every.kinds where id = any(%s) order by id", ([5, 9],)), [(5,), (9,)])
        check("a percent sign", answer(conn, "select 7 %% 4, %s like 'a%%'", ("abc",)), [(3, True)])
        row = KINDS[4321]
        for name, column in [("price", 5), ("wide", 6), ("day", 7), ("clock", 8), ("moment", 9), ("instant", 10), ("tag", 11), ("note", 12), ("raw", 13)]:
            check(f"{name} = literal", answer(conn, f"select id from every.kinds where {name} = %s", (row[column],)), [(4321,)])
            conn.rollback()


def cursors():
    with connect() as conn:
        with conn.cursor("named") as cursor:
            cursor.itersize = 700
            cursor.execute("select * from every.kinds order by id")
            check("first five", [plain(r) for r in cursor.fetchmany(5)], KINDS[:5])
            check("the rest", [r[0] for r in cursor], list(range(5, ROWS)))
        with conn.cursor("backwards", scrollable=True) as cursor:
            try:
                cursor.execute("select id from every.kinds order by id")
                check("a cursor that goes back", "opened", "55000")
            except psycopg2.Error as error:
                check("a cursor that goes back", error.pgcode, "55000")
        conn.rollback()
        with conn.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute("select id, price from every.kinds where id = 5001")
            check("dictionaries", [dict(r) for r in cursor], [{"id": 5001, "price": Decimal("1.001")}])


def errors_and_transactions():
    with connect() as conn, connect("bo") as bo:
        for what, who, sql, wanted in [
            ("denied table", bo, "select * from wages.wages", "42501"),
            ("unknown table", conn, "select * from every.nothing", "42P01"),
            ("a syntax error", conn, "select * from every.kinds where where id = 1", "42601"),
            ("a write", conn, "update every.kinds set id = 1", "25006"),
        ]:
            check(what, answer(who, sql), wanted)
            check(f"failed after {what}", (who.info.transaction_status, answer(who, "select 1")), (extensions.TRANSACTION_STATUS_INERROR, "25P02"))
            who.rollback()
            check(f"well after {what}", (who.info.transaction_status, answer(who, "select 1")), (extensions.TRANSACTION_STATUS_IDLE, [(1,)]))
            who.rollback()
        conn.set_session(readonly=True, isolation_level="SERIALIZABLE")
        check("a session that reads", answer(conn, "select count(*) from every.kinds"), [(ROWS,)])
        conn.rollback()
        threading.Timer(0.5, conn.cancel).start()
        check("a cancel", answer(conn, ENDLESS), "57014")
        conn.rollback()
        check("after the cancel", answer(conn, "select sum(wage) from wages.wages"), [(Decimal("10045.00"),)])


SECTIONS = [signing_in, every_type, parameters, cursors, errors_and_transactions]
