#!/usr/bin/env bash
# PyIceberg reads, row by row and at every snapshot, a table of every type that our lake wrote.
# PYICEBERG_PYTHON may name a Python that has pyiceberg and pyarrow; otherwise they are installed into a temporary folder.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python=${PYICEBERG_PYTHON:-}
if [ -z "$python" ]; then
  if ! { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check pyiceberg==0.12.0 pyarrow; } >"$work/pip.log" 2>&1; then
    echo "SKIPPED: PyIceberg could not be installed. Nothing was checked here. The end of what pip said:"
    tail -3 "$work/pip.log"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
  fi
  python="$work/venv/bin/python"
fi

if ! "$here/../../node_modules/.bin/node" "$here/write-table.ts" "$work"; then
  echo "The table could not be written."
  echo "0 passed, 1 failed"
  exit 1
fi
"$python" "$here/read_table.py" "$work"
status=$?
# A reader that broke before its last line counts as a failure.
[ $status -le 1 ] || echo "0 passed, 1 failed"
exit $status
