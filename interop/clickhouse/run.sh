#!/usr/bin/env bash
# ClickHouse reads every version of a table that our lake wrote, with deletes of both kinds, an evolved schema and another
# partitioning, through our REST catalogue and by path; then both write in turns.
# CHDB_PYTHON may name a Python that has chdb; otherwise it goes into a temporary folder.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
node="$here/../../node_modules/.bin/node"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python=${CHDB_PYTHON:-}
if [ -z "$python" ]; then
  if ! { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'chdb==4.4.0'; } >"$work/pip.log" 2>&1; then
    echo "SKIPPED: chdb could not be installed. Nothing was checked here. The end of what pip said:"
    tail -3 "$work/pip.log"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
  fi
  python="$work/venv/bin/python"
fi
bash "$here/../s3/with-moto.sh" "$node" "$here/../lake-peer/check.ts" clickhouse "$python" "$here/peer.py"
