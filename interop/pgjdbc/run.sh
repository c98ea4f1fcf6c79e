#!/usr/bin/env bash
# pgjdbc on the SQL port of a real Tulle: signing in, values of every type in text and binary, fetch sizes, errors,
# transactions, DatabaseMetaData, and two readers who see different things.
# PGJDBC_JAR may name the driver; otherwise Maven fetches it into a temporary folder.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
node="$here/../../node_modules/.bin/node"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() {
  echo "SKIPPED: $1. Nothing was checked here."
  [ -s "$work/log" ] && tail -3 "$work/log"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}
command -v javac >"$work/log" || skip 'there is no Java on this machine (apt-get install default-jdk-headless)'
jar=${PGJDBC_JAR:-}
if [ -z "$jar" ]; then
  command -v mvn >"$work/log" || skip 'there is no Maven on this machine (apt-get install maven), nor PGJDBC_JAR'
  mvn -q -B dependency:copy -Dartifact=org.postgresql:postgresql:42.7.4 -DoutputDirectory="$work/jars" >"$work/log" 2>&1 || skip 'pgjdbc could not be fetched'
  jar="$work/jars/postgresql-42.7.4.jar"
fi

javac -encoding UTF-8 -d "$work/classes" -cp "$jar" "$here"/*.java 2>&1 || { echo "0 passed, 1 failed"; exit 1; }
"$node" "$here/../sql-mesh/beside-tulle.ts" java -XX:TieredStopAtLevel=1 -Duser.timezone=Asia/Kathmandu -Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8 -cp "$jar:$work/classes" CheckDriver 2>&1
