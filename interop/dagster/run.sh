#!/usr/bin/env bash
# What `tulle export dagster` writes, loaded and run in the real one, against a stand-in of Tulle's API that fails one product.
# DAGSTER_PYTHON may name a Python that has it; otherwise it is installed, once, and kept in the cache.
source "$(dirname "$0")/../orchestrator.sh"
begin Dagster dagster "${DAGSTER_PYTHON:-}" dagster
export DAGSTER_HOME="$work/home" DAGSTER_DISABLE_TELEMETRY=1
mkdir "$DAGSTER_HOME"
"$python" "$here/check.py" "$work/out" 2>/dev/null
