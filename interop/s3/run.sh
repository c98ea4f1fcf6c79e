#!/usr/bin/env bash
# Our adapter for S3, held to the contract of objects by a server that is not ours: moto, in both styles, with files in parts.
# Then PyIceberg reads a table from its bucket that our lake wrote there.
# MOTO_PYTHON may name a Python that has moto[server], pyiceberg and pyarrow; otherwise they go into a temporary folder.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin="$here/../../node_modules/.bin"
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

python=${MOTO_PYTHON:-}
if [ -z "$python" ]; then
  if ! { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[server]==5.2.1' 'pyiceberg==0.12.0' pyarrow; } >"$work/pip.log" 2>&1; then
    echo "SKIPPED: moto and PyIceberg could not be installed. Nothing was checked here. The end of what pip said:"
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

passed=0
failed=0
# Adds what a step counted; a step that did not count is a failure.
count() {
  local counts
  counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' <<<"$1" | tail -1)
  grep -vE '^[0-9]+ passed, [0-9]+ failed$' <<<"$1"
  passed=$((passed + $(cut -d' ' -f1 <<<"${counts:-0 passed, 1 failed}")))
  failed=$((failed + $(cut -d' ' -f3 <<<"${counts:-0 passed, 1 failed}")))
}

echo '· our adapter keeps the contract of objects'
PATH="$bin:$PATH" MOTO_PORT=$port "$bin/vitest" run --config "$here/vitest.config.ts" --reporter=default --reporter=json --outputFile.json="$work/result.json" 2>&1 | tail -25
count "$("$python" - "$work/result.json" <<'PY'
import json, sys
result = json.load(open(sys.argv[1]))
print(f"{result['numPassedTests']} passed, {result['numFailedTests'] or int(not result['success'])} failed")
PY
)"

echo '· our lake writes a table there, and PyIceberg reads it at every snapshot'
count "$("$bin/node" "$here/write-table.ts" "$work" "$port" 2>&1 | tail -1 | "$python" "$here/read_table.py" "$port" 2>&1 | tail -5)"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
