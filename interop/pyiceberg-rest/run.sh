#!/usr/bin/env bash
# PyIceberg on the Iceberg catalogue of a real Tulle: signing in, what each reader sees, rows equal to those of the SQL port, parts of tables,
# time travel, commits to a product's table, tables of its own with partitions and changed schemas, two writers in turns.
# PYICEBERG_PYTHON may name a Python that has the packages below; otherwise they go into a temporary folder.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
node="$here/../../node_modules/.bin/node"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python=${PYICEBERG_PYTHON:-}
if [ -z "$python" ]; then
  if ! { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyiceberg[pyiceberg-core]==0.12.0' pyarrow 'psycopg[binary]==3.3.*'; } >"$work/pip.log" 2>&1; then
    echo "SKIPPED: PyIceberg could not be installed. Nothing was checked here. The end of what was said:"
    tail -3 "$work/pip.log"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
  fi
  python="$work/venv/bin/python"
fi

"$node" "$here/../sql-mesh/beside-tulle.ts" "$python" -B "$here/check_catalog.py" 2>&1
