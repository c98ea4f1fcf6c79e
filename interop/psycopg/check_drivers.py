"""Asks the SQL port through psycopg 3, psycopg2, SQLAlchemy and pandas, and as BI tools do, and compares every answer with the value wanted."""

import sys

import with_bi_tools
import with_copies
import with_psycopg2
import with_psycopg3
import with_sqlalchemy
from peer import counts, section

for driver in (with_psycopg3, with_psycopg2, with_sqlalchemy, with_copies, with_bi_tools):
    print(f"· {driver.__doc__.splitlines()[0]}", flush=True)
    for work in driver.SECTIONS:
        section(work)

print(f"{counts['passed']} passed, {counts['failed']} failed")
sys.exit(1 if counts["failed"] else 0)
