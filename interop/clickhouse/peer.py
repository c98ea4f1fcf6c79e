"""ClickHouse in this process: a line of JSON with a statement in, a line with its rows as texts, or its error, out."""

import json
import sys

from chdb import session

clickhouse = session.Session()

for line in sys.stdin:
    statement = json.loads(line)["sql"]
    try:
        text = str(clickhouse.query(statement, "JSONCompactEachRow"))
        answer = {"rows": [json.loads(row) for row in text.splitlines()]}
    except Exception as error:
        answer = {"error": str(error)[:2000]}
    print(json.dumps(answer), flush=True)
