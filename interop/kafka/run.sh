#!/usr/bin/env bash
# A real Apache Kafka (KRaft, one node): three Kafka ports of a living mesh write to it as Avro, JSON Schema and Protobuf, Confluent's
# clients for Python read and decode what was written by our registry, a Kafka input port reads one of the topics back, and all of it
# again after the broker was killed. Then Confluent's registry client for npm registers, looks up, serialises and is refused.
# KAFKA_JARS may name a folder with the jars of pom.xml, KAFKA_PYTHON a Python with the packages below, KAFKA_NPM a folder whose
# node_modules has @confluentinc/schemaregistry; otherwise Maven, pip and npm fetch them.
source "$(dirname "$0")/../begin.sh"

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v "$java" >"$work/log" || skip 'there is no Java (JAVA_HOME)'
jars=${KAFKA_JARS:-}
if [ -z "$jars" ]; then
  command -v mvn >"$work/log" || skip 'there is no Maven on this machine, nor KAFKA_JARS'
  jars="$work/jars"
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$jars" >"$work/log" 2>&1 || skip 'Kafka could not be fetched'
fi
python=${KAFKA_PYTHON:-}
if [ -z "$python" ]; then
  { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'confluent-kafka[avro,json,protobuf,schemaregistry]==2.16.*' grpcio-tools; } >"$work/log" 2>&1 || skip 'confluent-kafka could not be installed'
  python="$work/venv/bin/python"
fi
npm=${KAFKA_NPM:-}
if [ -z "$npm" ]; then
  npm="$work/npm"
  { mkdir "$npm" && npm --prefix "$npm" install --silent --no-audit --no-fund @confluentinc/schemaregistry@1.10.1; } >"$work/log" 2>&1 || skip "Confluent's registry client for npm could not be installed"
fi
"$node" "$here/check.ts" "$java" "$jars" "$python" "$npm" "$work"
