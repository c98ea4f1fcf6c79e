#!/usr/bin/env bash
# A real Apache Flink (a cluster of one worker, and its SQL gateway) and a real Apache Kafka beside a living mesh: data sets that say `flink`
# become jobs by `tulle apply`, and what their topics hold is what Tulle's own refresh made of the same rows: at first, after changes and
# deletes, after the model changed, and after somebody cancelled the job.
# FLINK_JARS may name a folder with Flink's jars, its SQL gateway and the connectors of pom.xml, KAFKA_JARS one with those of
# ../kafka/pom.xml; otherwise pip (Flink itself) and Maven fetch them.
source "$(dirname "$0")/../begin.sh"

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v "$java" >"$work/log" || skip 'there is no Java (JAVA_HOME)'
fetch() { mvn -q -B -f "$1" dependency:copy-dependencies $3 -DoutputDirectory="$2" >"$work/log" 2>&1; }
kafka=${KAFKA_JARS:-}
if [ -z "$kafka" ]; then
  command -v mvn >"$work/log" || skip 'there is no Maven on this machine, nor KAFKA_JARS'
  kafka="$work/kafka-jars"
  fetch "$here/../kafka/pom.xml" "$kafka" '' || skip 'Kafka could not be fetched'
fi
flink=${FLINK_JARS:-}
if [ -z "$flink" ]; then
  command -v mvn >"$work/log" || skip 'there is no Maven on this machine, nor FLINK_JARS'
  flink="$work/flink-jars"
  fetch "$here/pom.xml" "$flink" -DexcludeTransitive=true || skip "Flink's connectors could not be fetched"
  { mkdir "$work/pip" && python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work/pip" apache-flink-libraries==1.20.0 \
    && tar xzf "$work"/pip/*.tar.gz -C "$work/pip" && cp "$work"/pip/*/deps/lib/*.jar "$flink"; } >"$work/log" 2>&1 || skip 'Flink could not be fetched'
fi
"$node" "$here/check.ts" "$java" "$kafka" "$flink" "$work"
