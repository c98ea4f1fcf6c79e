#!/bin/bash
# dbt itself and Tulle build the same projects, twice, on the same version of the engine; their tables must be equal. Projects: the one here, and every folder
# below DBT_PROJECTS that holds a dbt_project.yml (public ones are put there by hand, and never committed).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/tulle-dbt-peer-XXXXXX")
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
if ! "$work/venv/bin/pip" install -q 'dbt-core>=1.10,<1.11' 'dbt-duckdb>=1.10,<1.11' 'duckdb>=1.5,<1.6' >"$work/pip.log" 2>&1; then
  echo "dbt cannot be installed here; nothing was compared."; tail -2 "$work/pip.log"
  echo "0 passed, 0 failed, 1 skipped"; exit 0
fi
skipped=0
if [ -z "${DBT_PROJECTS:-}" ]; then echo "DBT_PROJECTS names no folder, so no public project was compared."; skipped=1; fi
"$work/venv/bin/python" "$here/peer.py" "$here/../.." "$work" "$skipped" "$here/project" ${DBT_PROJECTS:+"$DBT_PROJECTS"/*/}
