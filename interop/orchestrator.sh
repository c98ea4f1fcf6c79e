# Sourced by the peers that orchestrate. `begin <name> <package> <python> <requirement…>`: `python` is one that has the package (the given
# one, or one that is installed once and kept in the cache), "$work/out" what `tulle export` wrote of the sample mesh, and a
# stand-in of Tulle's API, which fails one product, answers at TULLE_URL.
source "$(dirname "${BASH_SOURCE[0]}")/begin.sh"

begin() {
  local name=$1 package=$2 given=$3 cache="${XDG_CACHE_HOME:-$HOME/.cache}/tulle-interop/$2"
  shift 3
  python=${given:-$cache/bin/python}
  if ! "$python" -c "import $package" 2>"$work/log"; then
    command -v python3 >/dev/null || skip 'there is no Python on this machine'
    python3 -m venv "$cache" >"$work/log" 2>&1 && timeout 1200 "$cache/bin/pip" install -q "$@" >"$work/log" 2>&1 || skip "$name could not be installed"
    python="$cache/bin/python"
  fi
  "$node" --no-warnings "$here/../../packages/cli/src/tulle.ts" export "$package" --folder "$here/../../examples/skyline" --to "$work/out" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  python3 "$here/../orchestrator-stand-in.py" >"$work/port" &
  stand_in=$!
  trap 'kill $stand_in; rm -rf "$work"' EXIT
  until [ -s "$work/port" ]; do sleep 0.1; done
  export TULLE_URL="http://127.0.0.1:$(cat "$work/port")" TULLE_TOKEN=interop-token
}
