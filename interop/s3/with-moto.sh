#!/usr/bin/env bash
# Runs a command beside an S3 that is not ours: moto, on MOTO_PORT, with a bucket "tulle-test". Usage: with-moto.sh <command…>
# MOTO_PYTHON may name a Python that has moto[server]; otherwise it goes into a temporary folder.
set -uo pipefail
work=$(mktemp -d)
server=
# The server goes with the command.
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

python=${MOTO_PYTHON:-}
if [ -z "$python" ]; then
  if ! { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[server]==5.2.1'; } >"$work/pip.log" 2>&1; then
    echo "SKIPPED: moto could not be installed. Nothing was checked here. The end of what pip said:"
    tail -3 "$work/pip.log"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
  fi
  python="$work/venv/bin/python"
fi

port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$python" -m moto.server -H 127.0.0.1 -p "$port" >"$work/moto.log" 2>&1 &
server=$!
if ! "$python" - "$port" <<'PY' >>"$work/moto.log" 2>&1
import sys, time, boto3
s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{sys.argv[1]}", aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
for attempt in range(100):
    try:
        s3.create_bucket(Bucket="tulle-test")
        break
    except Exception:
        time.sleep(0.2)
else:
    sys.exit("moto does not answer")
PY
then
  tail -5 "$work/moto.log"
  echo "0 passed, 1 failed"
  exit 1
fi

MOTO_PORT=$port "$@"
