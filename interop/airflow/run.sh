#!/usr/bin/env bash
# What `tulle export airflow` writes, loaded and run in the real one, against a stand-in of Tulle's API that fails one product.
# AIRFLOW_PYTHON may name a Python that has it; otherwise it is installed, once, and kept in the cache.
source "$(dirname "$0")/../begin.sh"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/tulle-interop/airflow"

python=${AIRFLOW_PYTHON:-$cache/bin/python}
if ! "$python" -c 'import airflow' 2>"$work/log"; then
  command -v python3 >/dev/null || skip 'there is no Python on this machine'
  python3 -m venv "$cache" >"$work/log" 2>&1 && timeout 1200 "$cache/bin/pip" install -q 'apache-airflow>=3,<4' apache-airflow-providers-standard >"$work/log" 2>&1 || skip 'Airflow could not be installed'
  python="$cache/bin/python"
fi
"$node" --no-warnings "$here/../../packages/cli/src/tulle.ts" export airflow --folder "$here/../../examples/skyline" --to "$work/out" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
python3 "$here/../orchestrator-stand-in.py" >"$work/port" &
stand_in=$!
trap 'kill $stand_in; rm -rf "$work"' EXIT
until [ -s "$work/port" ]; do sleep 0.1; done
export TULLE_URL="http://127.0.0.1:$(cat "$work/port")" TULLE_TOKEN=interop-token
export AIRFLOW_HOME="$work/home" AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__CORE__DAGS_FOLDER="$work/out" AIRFLOW__LOGGING__LOGGING_LEVEL=ERROR
"$python" -m airflow db migrate >"$work/log" 2>&1 || { tail -5 "$work/log"; exit 1; }
"$python" -m airflow dags reserialize >"$work/log" 2>&1 || { tail -5 "$work/log"; exit 1; }
"$python" "$here/check.py" "$work/out" run 2>"$work/log" || { tail -20 "$work/log"; exit 1; }
