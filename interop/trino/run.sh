#!/usr/bin/env bash
# Trino reads every version of a table that our lake wrote, with deletes of both kinds, an evolved schema and another
# partitioning, through our REST catalogue and by path; then both write in turns.
# TRINO_JARS may name a folder with the jars of pom.xml; otherwise Maven fetches them (1 GB). JAVA_HOME must be Java 25.
source "$(dirname "$0")/../begin.sh"

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
"$java" -version 2>&1 | grep -q 'version "25' || skip 'there is no Java 25 (JAVA_HOME)'
jars=${TRINO_JARS:-}
if [ -z "$jars" ]; then
  command -v mvn >"$work/log" || skip 'there is no Maven on this machine, nor TRINO_JARS'
  jars="$work/jars"
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$jars" >"$work/log" 2>&1 || skip 'Trino could not be fetched'
fi
bash "$here/../s3/with-moto.sh" "$node" "$here/../lake-peer/check.ts" trino "$java" -Xmx2g --add-modules jdk.incubator.vector --sun-misc-unsafe-memory-access=allow -Duser.timezone=UTC -cp "$jars/*" "$here/Peer.java"
