#!/usr/bin/env bash
# sqlglot reads the same statements as we do: columns of our own analytical queries, judged by an oracle that belongs to neither, tables
# of the shared corpus in twenty dialects, and the time that both take for it in one run.
# SQLGLOT_PYTHON may name a Python that has sqlglot, as it is or compiled (sqlglot[c], which takes about half of its time: the check of ten
# times is of sqlglot as it is); otherwise it goes into a temporary folder.
. "$(dirname "$0")/../begin.sh"

python=${SQLGLOT_PYTHON:-}
if [ -z "$python" ]; then
  { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'sqlglot==30.30.0'; } >"$work/log" 2>&1 || skip "sqlglot could not be installed"
  python="$work/venv/bin/python"
fi
"$node" "$here/compare.ts" "$python" "$work"
