#!/usr/bin/env bash
# The portal's own snippets for Python, executed as they are shown, beside a real Tulle: pandas, polars and DuckDB read the Arrow port, files
# by links, Parquet over REST and the SQL port. Each must have the types and the values that the SQL port answers with.
# ARROW_PYTHON may name a Python that has the packages below; otherwise they go into a temporary folder.
source "$(dirname "$0")/../begin.sh"

python=${ARROW_PYTHON:-}
if [ -z "$python" ]; then
  { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyarrow==26.*' 'pandas==3.*' 'polars==2.*' 'duckdb==2.*' requests 'psycopg[binary]==3.3.*' 'sqlalchemy==2.1.*'; } >"$work/log" 2>&1 || skip 'pyarrow, pandas, polars and DuckDB could not be installed'
  python="$work/venv/bin/python"
fi
export PEER_NODE="$node" PYTHONPATH="$here/../psycopg"
"$node" --no-warnings "$here/../sql-mesh/beside-tulle.ts" "$python" -B "$here/check.py" 2>&1
