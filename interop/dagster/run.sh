#!/usr/bin/env bash
# What `tulle export dagster` writes, loaded and run in the real one, against a stand-in of Tulle's API that fails one product.
# DAGSTER_PYTHON may name a Python that has it; otherwise it is installed, once, and kept in the cache.
source "$(dirname "$0")/../begin.sh"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/tulle-interop/dagster"

python=${DAGSTER_PYTHON:-$cache/bin/python}
if ! "$python" -c 'import dagster' 2>"$work/log"; then
  command -v python3 >/dev/null || skip 'there is no Python on this machine'
  python3 -m venv "$cache" >"$work/log" 2>&1 && timeout 1200 "$cache/bin/pip" install -q dagster >"$work/log" 2>&1 || skip 'Dagster could not be installed'
  python="$cache/bin/python"
fi
"$node" --no-warnings "$here/../../packages/cli/src/tulle.ts" export dagster --folder "$here/../../examples/skyline" --to "$work/out" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
python3 "$here/../orchestrator-stand-in.py" >"$work/port" &
stand_in=$!
trap 'kill $stand_in; rm -rf "$work"' EXIT
until [ -s "$work/port" ]; do sleep 0.1; done
export TULLE_URL="http://127.0.0.1:$(cat "$work/port")" TULLE_TOKEN=interop-token
export DAGSTER_HOME="$work/home" DAGSTER_DISABLE_TELEMETRY=1
mkdir "$DAGSTER_HOME"
"$python" "$here/check.py" "$work/out" 2>/dev/null
