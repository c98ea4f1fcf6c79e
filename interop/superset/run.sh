#!/usr/bin/env bash
# A real Apache Superset, on its own SQLite, beside a living mesh: connected as docs/connect/superset.md tells, then asked through its REST API
# as its pages ask: test connection, schemas and tables, data sets, SQL Lab, charts; masks, and a grant that is revoked.
# SUPERSET_PYTHON may name a Python that has it; otherwise it is installed, once, and kept in the cache.
source "$(dirname "$0")/../begin.sh"

cache="${XDG_CACHE_HOME:-$HOME/.cache}/tulle-interop/superset"
python=${SUPERSET_PYTHON:-$cache/bin/python}
if ! "$python" -c 'import superset, psycopg2' 2>"$work/log"; then
  for one in python3.11 python3.12 python3.10; do "$one" -c '' 2>/dev/null && fits=$one && break; done
  [ -n "${fits:-}" ] || skip 'there is no Python that Superset takes (3.10 to 3.12)'
  # rich and cachetools are used and not asked for by it, and newer caches than these do not fit it. The first step of the page: psycopg2-binary in the environment of Superset.
  "$fits" -m venv "$cache" >"$work/log" 2>&1 && timeout 1100 "$cache/bin/pip" install -q 'apache-superset==6.1.*' psycopg2-binary rich cachetools 'flask-caching==2.3.*' 'cachelib<0.14' >"$work/log" 2>&1 || skip 'Superset could not be installed'
  python="$cache/bin/python"
fi
cat >"$work/superset_config.py" <<END
SECRET_KEY = "interop alone, on a machine of its own, for a minute"
SQLALCHEMY_DATABASE_URI = "sqlite:///$work/superset.db"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
END
export SUPERSET_CONFIG_PATH="$work/superset_config.py" SUPERSET_HOME="$work" FLASK_APP=superset PYTHONWARNINGS=ignore
superset="$(dirname "$python")/superset"
{ "$superset" db upgrade && "$superset" fab create-admin --username admin --firstname A --lastname A --email admin@example.com --password interop && "$superset" init; } >"$work/log" 2>&1 || { tail -5 "$work/log"; exit 1; }
"$node" --no-warnings "$here/check.ts" "$python" "$work" 2>&1
