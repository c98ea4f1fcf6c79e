#!/usr/bin/env bash
# PyIceberg reads, row by row and at every snapshot, a table of every type that our lake wrote; it writes on that table and
# makes one of its own, which our lake reads; and both write in turns. The same for tables that are partitioned by every
# transform, whose scans both plan, and for nested columns that change.
# PYICEBERG_PYTHON may name a Python that has pyiceberg[sql-sqlite,pyiceberg-core] and pyarrow; otherwise they go into a temporary folder.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
node="$here/../../node_modules/.bin/node"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python=${PYICEBERG_PYTHON:-}
if [ -z "$python" ]; then
  if ! { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyiceberg[sql-sqlite,pyiceberg-core]==0.12.0' pyarrow; } >"$work/pip.log" 2>&1; then
    echo "SKIPPED: PyIceberg could not be installed. Nothing was checked here. The end of what pip said:"
    tail -3 "$work/pip.log"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
  fi
  python="$work/venv/bin/python"
fi

passed=0
failed=0
# Runs one step and adds what it counted; a step that broke without counting is a failure.
step() {
  echo "· $1"
  shift
  local output counts
  output=$("$@" 2>&1)
  local status=$?
  counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' <<<"$output" | tail -1)
  grep -vE '^[0-9]+ passed, [0-9]+ failed$' <<<"$output"
  if [ -n "$counts" ]; then
    passed=$((passed + $(cut -d' ' -f1 <<<"$counts")))
    failed=$((failed + $(cut -d' ' -f3 <<<"$counts")))
  elif [ $status -ne 0 ]; then
    failed=$((failed + 1))
  fi
  return $status
}

step 'our lake writes a table of every type' "$node" "$here/write-table.ts" "$work" &&
  { step 'PyIceberg reads it at every snapshot' "$python" "$here/read_table.py" "$work"; true; } &&
  step 'PyIceberg writes on it' "$python" "$here/continue_table.py" "$work" &&
  step 'our lake reads that, and appends' "$node" "$here/read-foreign.ts" "$work" &&
  step 'PyIceberg reads the append' "$python" "$here/read_turn.py" "$work"

step 'our lake writes a table partitioned by every transform' "$node" "$here/write-partitioned.ts" "$work" &&
  { step 'PyIceberg reads and plans it, and partitions one of its own' "$python" "$here/read_partitioned.py" "$work"; true; } &&
  step 'our lake plans and reads that' "$node" "$here/read-partitioned.ts" "$work"

step 'PyIceberg changes nested columns' "$python" "$here/write_nested.py" "$work" &&
  step 'our lake reads them by field id' "$node" "$here/read-nested.ts" "$work"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
