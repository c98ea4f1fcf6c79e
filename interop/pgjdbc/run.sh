#!/usr/bin/env bash
# pgjdbc on the SQL port of a real Tulle: signing in, values of every type in text and binary, fetch sizes, errors,
# transactions, DatabaseMetaData, and two readers who see different things.
# PGJDBC_JAR may name the driver; otherwise Maven fetches it into a temporary folder.
source "$(dirname "$0")/../begin.sh"

command -v javac >"$work/log" || skip 'there is no Java on this machine (apt-get install default-jdk-headless)'
jar=${PGJDBC_JAR:-}
if [ -z "$jar" ]; then
  command -v mvn >"$work/log" || skip 'there is no Maven on this machine (apt-get install maven), nor PGJDBC_JAR'
  mvn -q -B dependency:copy -Dartifact=org.postgresql:postgresql:42.7.4 -DoutputDirectory="$work/jars" >"$work/log" 2>&1 || skip 'pgjdbc could not be fetched'
  jar="$work/jars/postgresql-42.7.4.jar"
fi

javac -encoding UTF-8 -d "$work/classes" -cp "$jar" "$here"/*.java 2>&1 || { echo "0 passed, 1 failed"; exit 1; }
"$node" "$here/../sql-mesh/beside-tulle.ts" java -XX:TieredStopAtLevel=1 -Duser.timezone=Asia/Kathmandu -Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8 -cp "$jar:$work/classes" CheckDriver 2>&1
