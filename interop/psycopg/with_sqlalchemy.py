"""SQLAlchemy: the inspector, reflected tables and their queries, on both drivers."""

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from peer import KINDS, ROWS, check, login

COLUMNS = [
    ("id", "BIGINT", False), ("small", "INTEGER", True), ("flag", "BOOLEAN", True), ("single", "REAL", True), ("ratio", "DOUBLE PRECISION", True), ("price", "NUMERIC(12, 3)", True),
    ("wide", "NUMERIC(38, 10)", True), ("day", "DATE", True), ("clock", "TIME", True), ("moment", "TIMESTAMP", True), ("instant", "TIMESTAMP", True), ("tag", "UUID", True),
    ("note", "TEXT", True), ("raw", "BYTEA", True), ("parts", "BIGINT[]", True), ("pair", "JSON", True),
]


def engine(driver, user="ana"):
    to = login(user)
    query = {name: to[name] for name in ("sslmode", "sslrootcert")}
    return sa.create_engine(sa.URL.create(f"postgresql+{driver}", to["user"], to["password"], to["host"], to["port"], to["dbname"], query))


def inspect(driver):
    one = engine(driver)
    look = sa.inspect(one)
    check("schemas", sorted(set(look.get_schema_names()) - {"information_schema", "public"}), ["every", "wages"])
    check("tables", {s: look.get_table_names(schema=s) for s in ("every", "wages")}, {"every": ["kinds"], "wages": ["wages"]})
    check("views", look.get_view_names(schema="every"), [])
    check("columns", [(c["name"], str(c["type"].compile(one.dialect)).replace(" WITHOUT TIME ZONE", "").replace(" WITH TIME ZONE", ""), c["nullable"]) for c in look.get_columns("kinds", schema="every")], COLUMNS)
    check("time zones", [c["type"].timezone for c in look.get_columns("kinds", schema="every") if isinstance(c["type"], pg.TIMESTAMP)], [False, True])
    check("comment of a column", look.get_columns("kinds", schema="every")[0]["comment"], "Counts from zero")
    check("primary key", look.get_pk_constraint("kinds", schema="every")["constrained_columns"], ["id"])
    check("comment of a table", look.get_table_comment("kinds", schema="every")["text"], "One row of every type")
    check("nothing else", (look.get_foreign_keys("kinds", schema="every"), look.get_unique_constraints("kinds", schema="every"), look.get_check_constraints("kinds", schema="every"), look.get_indexes("kinds", schema="every")), ([], [], [], []))
    check("there is a table", (look.has_table("kinds", schema="every"), look.has_table("nothing", schema="every")), (True, False))
    bo = sa.inspect(engine(driver, "bo"))
    check("Bo sees less", (bo.has_table("kinds", schema="every"), bo.has_table("wages", schema="wages"), "wages" in bo.get_schema_names()), (True, False, False))
    one.dispose()


def query(driver):
    one = engine(driver)
    kinds = sa.Table("kinds", sa.MetaData(), schema="every", autoload_with=one)
    wages = sa.Table("wages", sa.MetaData(), schema="wages", autoload_with=one)
    with one.connect() as conn:
        row = tuple(conn.execute(sa.select(kinds).where(kinds.c.id == 4321)).one())
        check("a row of every type", tuple(bytes(v) if isinstance(v, memoryview) else v for v in row), KINDS[4321])
        for name in ("price", "day", "instant", "tag", "note"):
            value = KINDS[77][[c[0] for c in COLUMNS].index(name)]
            check(f"where {name}", conn.scalars(sa.select(kinds.c.id).where(kinds.c[name] == value)).all(), [77])
        check("where one of", conn.scalars(sa.select(kinds.c.id).where(kinds.c.id.in_([3, 1, 2])).order_by(kinds.c.id)).all(), [1, 2, 3])
        check("a join", conn.execute(sa.select(sa.func.count(), sa.func.sum(wages.c.wage)).select_from(kinds.join(wages, wages.c.person == kinds.c.id)).where(wages.c.wage > Decimal("1004.5"))).one(), (5, Decimal("5035.00")))
        check("groups", conn.execute(sa.select(kinds.c.flag, sa.func.count()).group_by(kinds.c.flag).order_by(kinds.c.flag.nulls_last())).all(), [(False, 4286), (True, 4285), (None, 1429)])
        check("like", conn.scalar(sa.select(sa.func.count()).where(kinds.c.note.ilike("%ŻÓŁĆ \"12__\"%"))), 80)
        check("limit, offset", conn.scalars(sa.select(kinds.c.id).order_by(kinds.c.id.desc()).limit(2).offset(1)).all(), [9998, 9997])
        stream = conn.execution_options(stream_results=True, max_row_buffer=500).execute(sa.select(kinds.c.id).order_by(kinds.c.id))
        check("streamed", stream.scalars().all(), list(range(ROWS)))
        conn.rollback()
        try:
            conn.execute(sa.text("select * from every.nothing"))
            check("unknown table", "answered", "ProgrammingError")
        except sa.exc.ProgrammingError as error:
            check("unknown table", getattr(error.orig, "pgcode", None) or error.orig.sqlstate, "42P01")
        conn.rollback()
        check("after it", conn.scalar(sa.text("select 1")), 1)
    one.dispose()


def of(work, driver):
    def run():
        work(driver)

    run.__name__ = f"{work.__name__} by {driver}"
    return run


SECTIONS = [of(work, driver) for driver in ("psycopg", "psycopg2") for work in (inspect, query)]
