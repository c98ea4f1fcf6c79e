#!/usr/bin/env bash
# The real datacontract-cli accepts our exports of the sample mesh's contracts and of the standard's examples, refuses what we
# refuse, and agrees with our verdicts, rule by rule, over Parquet and CSV files, good and bad ones.
# DATACONTRACT_PYTHON may name a Python that has datacontract-cli[duckdb]; otherwise it goes into a temporary folder.
source "$(dirname "$0")/../begin.sh"

python=${DATACONTRACT_PYTHON:-}
if [ -z "$python" ]; then
  { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'datacontract-cli[duckdb]==1.2.8'; } >"$work/log" 2>&1 || skip 'datacontract-cli could not be installed'
  python="$work/venv/bin/python"
fi
"$node" "$here/make-cases.ts" "$work/cases" || { echo '0 passed, 1 failed'; exit 1; }
"$python" "$here/check.py" "$work/cases" 2>"$work/log" || { tail -20 "$work/log"; exit 1; }
