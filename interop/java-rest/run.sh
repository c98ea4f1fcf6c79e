#!/usr/bin/env bash
# Our lake keeps its tables in the REST catalogue of Iceberg's Java implementation: made, appended to by two at once, changed,
# several in one commit, renamed and dropped. Needs a JDK and Maven.
# JAVA_REST_LIB may name a folder that holds the jars of pom.xml; otherwise Maven puts them into a temporary one.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

skip() {
  echo "SKIPPED: $1. Nothing was checked here."
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}

command -v javac >/dev/null || skip 'there is no JDK on this machine'
lib=${JAVA_REST_LIB:-}
if [ -z "$lib" ]; then
  command -v mvn >/dev/null || skip 'there is no Maven on this machine'
  lib="$work/lib"
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$lib" >"$work/mvn.log" 2>&1 || { tail -3 "$work/mvn.log"; skip 'the jars of the Java implementation could not be fetched'; }
fi

mkdir -p "$work/classes" "$work/warehouse"
javac -cp "$lib/*" -d "$work/classes" "$here/RestCatalog.java" || { echo "0 passed, 1 failed"; exit 1; }
java -cp "$work/classes:$lib/*" org.apache.iceberg.rest.RestCatalog "$work/warehouse" >"$work/address" 2>"$work/java.log" &
server=$!
for _ in $(seq 60); do [ -s "$work/address" ] && break; sleep 0.5; done
[ -s "$work/address" ] || { tail -5 "$work/java.log"; echo "0 passed, 1 failed"; exit 1; }
"$here/../../node_modules/.bin/node" "$here/keep-tables.ts" "$(head -1 "$work/address")" "$work/warehouse"
status=$?
[ $status -eq 0 ] || tail -20 "$work/java.log"
exit $status
