"""Where the port is, what its rows are, and how a check is counted."""

import os
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

PORT, CA = int(os.environ["PEER_PORT"]), os.environ["PEER_CA"]
PASSWORDS = {"ana": os.environ["PEER_ANA"], "bo": os.environ["PEER_BO"]}
ROWS = 10_000
# A thousand billion rows: nobody waits for its end.
ENDLESS = "select count(*) from every.kinds a, every.kinds b, every.kinds c where a.id * b.id * c.id % 7 = 3"

counts = {"passed": 0, "failed": 0}


def login(who, **more):
    """What libpq is told; the CA's file and the password come from Tulle's home."""
    return {"host": "127.0.0.1", "port": PORT, "user": who, "password": PASSWORDS[who], "dbname": "tulle", "sslmode": "verify-ca", "sslrootcert": CA, **more}


def check(what, found, wanted):
    good = found == wanted
    counts["passed" if good else "failed"] += 1
    if not good:
        print(f"FAILED {what}: found {str(found)[:200]}, wanted {str(wanted)[:200]}")


def section(work):
    """Runs a group of checks; one that breaks is a failure and leaves the others."""
    try:
        work()
    except Exception as error:
        counts["failed"] += 1
        print(f"FAILED {work.__name__}: {type(error).__name__}: {str(error)[:300]} (line {error.__traceback__.tb_next.tb_lineno})")


def kind(i):
    """The row of every.kinds with this id (../sql-mesh/mesh/domains/tests/every/models/kinds.sql)."""
    moment = datetime(1969, 12, 31, 23, 59, 59, 123456) + timedelta(hours=i)
    return (
        i,
        i - 5000,
        None if i % 7 == 0 else i % 2 == 0,
        i / 4,
        i / 8,
        (i - 5000) * Decimal("1.001"),
        Decimal(f"{12345678901234567890 + i}.0123456789"),
        date(1960, 1, 1) + timedelta(days=i),
        (datetime(2000, 1, 1, 0, 0, 0, 1) + timedelta(seconds=i)).time(),
        moment,
        moment.replace(tzinfo=timezone.utc),
        UUID(f"00000000-0000-4000-8000-{i:012d}"),
        None if i % 5 == 0 else f'zażółć "{i}" \\ 🦆',
        f"bytes {i}".encode(),
        [i, None, -i],
        {"a": i, "b": f"b{i}"},
    )


KINDS = [kind(i) for i in range(ROWS)]

# Parameters as a program has them, with the type that a bare placeholder is given.
VALUES = [
    ("int", 7), ("bigint", -(2**62)), ("smallint", -32768), ("boolean", True), ("double precision", -0.1), ("real", 1.5), ("numeric", Decimal("-12345678901234567890.000000001")),
    ("numeric(9, 2)", Decimal("3.10")), ("date", date(1582, 10, 15)), ("date", date(9999, 12, 31)), ("time", time(23, 59, 59, 999999)), ("timestamp", datetime(2024, 2, 29, 12, 0, 0, 1)),
    ("timestamptz", datetime(2024, 2, 29, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))), ("uuid", UUID(int=2**127 + 5)), ("text", "it's \\ \"quoted\" % $1 🦆\n"), ("text", ""),
    ("bytea", bytes(range(256))), ("bigint[]", [1, 2**40, None]), ("text[]", ["a", 'b,"c"', "{}", None, ""]), ("int", None), ("text", None), ("interval", timedelta(days=3, seconds=5, microseconds=7)),
]
