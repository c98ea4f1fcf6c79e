#!/usr/bin/env bash
# A real Marquez on PostgreSQL takes what a living mesh tells of its runs by OpenLineage; its jobs, data sets, edges and column lineage must
# be ours.
# MARQUEZ_SOURCE names a checkout of github.com/MarquezProject/marquez (0.51); it is compiled with the jars of pom.xml, which Maven fetches, and
# kept in the cache. MARQUEZ_CLASSES and MARQUEZ_JARS may name what is compiled and those jars.
source "$(dirname "$0")/../begin.sh"

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
cache="${XDG_CACHE_HOME:-$HOME/.cache}/tulle-interop/marquez"
jars=${MARQUEZ_JARS:-$cache/jars} classes=${MARQUEZ_CLASSES:-$cache/classes}
if [ ! -e "$classes/marquez/MarquezApp.class" ]; then
  [ -n "${MARQUEZ_SOURCE:-}" ] || skip 'MARQUEZ_SOURCE names no checkout of Marquez'
  command -v "${java}c" >"$work/log" && command -v mvn >"$work/log" || skip 'there is no JDK or no Maven on this machine'
  [ -d "$jars" ] || mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$jars" >"$work/log" 2>&1 || skip 'the jars of Marquez could not be fetched'
  find "$MARQUEZ_SOURCE/api/src/main/java" "$MARQUEZ_SOURCE/clients/java/src/main/java" -name '*.java' >"$work/sources"
  mkdir -p "$work/classes" && cp -r "$MARQUEZ_SOURCE/api/src/main/resources/." "$work/classes"
  "${java}c" -nowarn -parameters -encoding UTF-8 -cp "$jars/*" -processorpath "$jars/lombok-1.18.34.jar" -d "$work/classes" "@$work/sources" >"$work/log" 2>&1 || { tail -5 "$work/log"; echo '0 passed, 1 failed'; exit 1; }
  mkdir -p "$(dirname "$classes")" && mv "$work/classes" "$classes"
fi
"$node" --no-warnings "$here/check.ts" "$java" "$classes:$jars/*" "$work" 2>&1
