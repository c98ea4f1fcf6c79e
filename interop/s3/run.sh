#!/usr/bin/env bash
# Our adapter for S3, held to the contract of objects by a server that is not ours: moto, in both styles, with files in parts.
# MOTO_PYTHON may name a Python that has moto[server].
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin="$here/../../node_modules/.bin"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

output=$(PATH="$bin:$PATH" bash "$here/with-moto.sh" "$bin/vitest" run --config "$here/vitest.config.ts" --reporter=default --reporter=json --outputFile.json="$work/result.json" 2>&1)
tail -25 <<<"$output"
grep -q '^SKIPPED' <<<"$output" && exit 0
python3 - "$work/result.json" <<'PY'
import json, sys
try:
    result = json.load(open(sys.argv[1]))
except OSError:
    result = {"numPassedTests": 0, "numFailedTests": 1}
failed = result["numFailedTests"] or (0 if result.get("success") else 1)
print(f"{result['numPassedTests']} passed, {failed} failed")
sys.exit(1 if failed else 0)
PY
