"""Asks the SQL port through psqlODBC, and compares every answer with the value wanted."""

import os
import sys
from decimal import Decimal

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../psycopg"))

import pyodbc
from peer import CA, KINDS, PASSWORDS, PORT, ROWS, check, counts, section

pyodbc.pooling = False


def connect(user="ana", **more):
    facts = {"Driver": os.environ["PEER_DRIVER"], "Server": "127.0.0.1", "Port": PORT, "Database": "tulle", "Uid": user, "Pwd": PASSWORDS[user.split("+")[0]], "SSLmode": "verify-ca", "Pqopt": f"sslrootcert={CA}", **more}
    return pyodbc.connect(";".join(f"{name}={{{value}}}" if name == "Pqopt" else f"{name}={value}" for name, value in facts.items()), autocommit=True)


def refusal(conn, sql, *parameters):
    try:
        return conn.execute(sql, *parameters).fetchall()
    except pyodbc.Error as error:
        return error.args[0]


def signing_in():
    with connect() as conn:
        check("who", tuple(conn.execute("select current_user, current_database()").fetchone()), ("ana", "tulle"))
        check("version", conn.getinfo(pyodbc.SQL_DBMS_VER).startswith("15"), True)
    try:
        connect(Pwd="wrong").close()
        check("wrong password", "signed in", "refused")
    except pyodbc.Error as error:
        check("wrong password", "password authentication failed" in str(error), True)


def every_type():
    for name, more in [("usual", {}), ("server-side prepared", {"UseServerSidePrepare": 1}), ("by cursors", {"UseDeclareFetch": 1, "Fetch": 700})]:
        with connect(**more) as conn:
            rows = conn.execute("select id, small, ratio, price, day, moment, note from every.kinds order by id").fetchall()
            check(f"rows, {name}", [tuple(r) for r in rows], [(k[0], k[1], k[4], k[5], k[7], k[9], k[12]) for k in KINDS])


def parameters():
    for name, more in [("usual", {}), ("server-side prepared", {"UseServerSidePrepare": 1})]:
        with connect(**more) as conn:
            row = KINDS[4321]
            for column, value in [("id", row[0]), ("price", row[5]), ("day", row[7]), ("moment", row[9]), ("note", row[12])]:
                check(f"{column} = ?, {name}", [tuple(r) for r in conn.execute(f"select id from every.kinds where {column} = ?", value).fetchall()], [(4321,)])
            check(f"a null, {name}", [tuple(r) for r in conn.execute("select count(*) from every.kinds where note is null and id < ?", 100).fetchall()], [(20,)])


def catalogue():
    with connect() as conn, connect("bo") as bo:
        cursor = conn.cursor()
        check("tables", sorted((t.table_schem, t.table_name, t.table_type) for t in cursor.tables(tableType="TABLE")), [("every", "kinds", "TABLE"), ("wages", "wages", "TABLE")])
        check("columns", [(c.column_name, c.type_name) for c in cursor.columns(table="kinds", schema="every")][:6], [("id", "int8"), ("small", "int4"), ("flag", "bool"), ("single", "float4"), ("ratio", "float8"), ("price", "numeric")])
        check("primary key", [k.column_name for k in cursor.primaryKeys(table="kinds", schema="every")], ["id"])
        check("statistics", [s for s in cursor.statistics(table="kinds", schema="every") if s.index_name is not None and "pkey" not in s.index_name], [])
        check("Bo sees less", [(t.table_schem, t.table_name) for t in bo.cursor().tables(tableType="TABLE")], [("every", "kinds")])


def errors_and_transactions():
    with connect() as conn, connect("bo") as bo:
        for what, who, sql, wanted in [
            ("denied table", bo, "select * from wages.wages", "42501"),
            ("unknown table", conn, "select * from every.nothing", "42P01"),
            ("a syntax error", conn, "select * from every.kinds where where id = 1", "42601"),
            ("a write", conn, "update every.kinds set id = 1", "25006"),
        ]:
            check(what, refusal(who, sql), wanted)
            check(f"well after {what}", [tuple(r) for r in who.execute("select 1").fetchall()], [(1,)])
        conn.autocommit = False
        check("in a transaction", conn.execute("select sum(wage) from wages.wages").fetchval(), Decimal("10045.00"))
        check("fails within it", refusal(conn, "select nope from every.kinds")[:2], "42")
        conn.rollback()
        check("well after it", conn.execute("select count(*) from every.kinds").fetchval(), ROWS)
        conn.commit()


def purposes():
    with connect() as conn:
        who = conn.execute("show tulle.purpose").fetchval()
    with connect(f"ana+{who}") as conn:
        check("behind the name", conn.execute("show tulle.purpose").fetchval(), who)
    with connect(ConnSettings=f"set tulle.purpose = {who}") as conn:
        check("as a setting of the connection", conn.execute("show tulle.purpose").fetchval(), who)


for work in (signing_in, every_type, parameters, catalogue, errors_and_transactions, purposes):
    section(work)
print(f"{counts['passed']} passed, {counts['failed']} failed")
sys.exit(1 if counts["failed"] else 0)
