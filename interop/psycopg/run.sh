#!/usr/bin/env bash
# psycopg 3, psycopg2, SQLAlchemy and pandas on the SQL port of a real Tulle: signing in, values of every type in text and binary,
# cursors, errors, transactions, the catalogue, and two readers who see different things.
# PSYCOPG_PYTHON may name a Python that has the packages below; otherwise they go into a temporary folder.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
node="$here/../../node_modules/.bin/node"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python=${PSYCOPG_PYTHON:-}
if [ -z "$python" ]; then
  if ! { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'psycopg[binary]==3.3.*' 'psycopg2-binary==2.9.*' 'sqlalchemy==2.1.*' 'pandas==3.*'; } >"$work/pip.log" 2>&1; then
    echo "SKIPPED: psycopg could not be installed. Nothing was checked here. The end of what was said:"
    tail -3 "$work/pip.log"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
  fi
  python="$work/venv/bin/python"
fi

"$node" "$here/../sql-mesh/beside-tulle.ts" "$python" -B "$here/check_drivers.py" 2>&1
