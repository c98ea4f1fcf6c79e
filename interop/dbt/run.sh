#!/bin/bash
# dbt itself and Tulle build the same projects, twice, on the same version of the engine; their nodes and tests must end alike, and their tables must be equal.
# Projects: the one here, every folder below DBT_PROJECTS that holds a dbt_project.yml, with its packages in dbt_packages, and public ones, fetched
# where the net is: they are never committed.
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
mkdir "$work/public"
for project in dbt-labs/jaffle_shop dbt-labs/jaffle-shop DataRecce/jaffle-shop-expand; do
  name=$(basename "$project")
  [ -e "${DBT_PROJECTS:-/nowhere}/$name/dbt_project.yml" ] && continue
  if ! GIT_TERMINAL_PROMPT=0 timeout 120 git clone -q --depth 1 "https://github.com/$project" "$work/public/$name" 2>"$work/git.log"; then
    echo "SKIPPED $project: it cannot be fetched here ($(tail -1 "$work/git.log")), and DBT_PROJECTS has no folder of that name."
    rm -rf "$work/public/$name"; skipped=$((skipped + 1)); continue
  fi
  if [ -e "$work/public/$name/packages.yml" ] && ! (cd "$work/public/$name" && mkdir -p "$work/deps" && echo 'default: {target: dev, outputs: {dev: {type: duckdb, path: ":memory:"}}}' >"$work/deps/profiles.yml" && "$work/venv/bin/dbt" --quiet deps --profiles-dir "$work/deps" >"$work/deps.log" 2>&1); then
    echo "SKIPPED $project: its packages cannot be fetched here ($(tail -1 "$work/deps.log"))."
    rm -rf "$work/public/$name"; skipped=$((skipped + 1))
  fi
done
"$work/venv/bin/python" "$here/peer.py" "$here/../.." "$work" "$skipped" "$here/project" "$work"/public/*/ ${DBT_PROJECTS:+"$DBT_PROJECTS"/*/}
