#!/usr/bin/env bash
# What `tulle export airflow` writes, loaded and run in the real one, against a stand-in of Tulle's API that fails one product.
# AIRFLOW_PYTHON may name a Python that has it; otherwise it is installed, once, and kept in the cache.
source "$(dirname "$0")/../orchestrator.sh"
begin Airflow airflow "${AIRFLOW_PYTHON:-}" 'apache-airflow>=3,<4' apache-airflow-providers-standard
export AIRFLOW_HOME="$work/home" AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__CORE__DAGS_FOLDER="$work/out" AIRFLOW__LOGGING__LOGGING_LEVEL=ERROR
"$python" -m airflow db migrate >"$work/log" 2>&1 || { tail -5 "$work/log"; exit 1; }
"$python" -m airflow dags reserialize >"$work/log" 2>&1 || { tail -5 "$work/log"; exit 1; }
"$python" "$here/check.py" "$work/out" run 2>"$work/log" || { tail -20 "$work/log"; exit 1; }
