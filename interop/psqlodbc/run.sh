#!/usr/bin/env bash
# psqlODBC on the SQL port of a real Tulle, by pyodbc: signing in, values of every type, parameters, the catalogue that
# tools of offices ask, errors, transactions, and two readers who see different things.
# The driver is Debian's (apt-get install odbc-postgresql); PSQLODBC_PYTHON may name a Python that has pyodbc.
source "$(dirname "$0")/../begin.sh"

driver=$(ls /usr/lib/*/odbc/psqlodbcw.so 2>/dev/null | head -1)
[ -n "$driver" ] || skip 'psqlODBC is not on this machine (apt-get install odbc-postgresql unixodbc)'
python=${PSQLODBC_PYTHON:-}
if [ -z "$python" ]; then
  { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyodbc==5.*'; } >"$work/pip.log" 2>&1 || skip 'pyodbc could not be installed'
  python="$work/venv/bin/python"
fi
PEER_DRIVER="$driver" "$node" "$here/../sql-mesh/beside-tulle.ts" "$python" -B "$here/check_driver.py" 2>&1
