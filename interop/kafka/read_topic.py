"""Reads what is committed in a topic and decodes it by Confluent's own deserializers: one JSON line per record."""

import json
import os
import sys
from datetime import date, datetime
from decimal import Decimal

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from protoc_class import generated

brokers, topic, form, url, user, password = sys.argv[1:7]
registry = SchemaRegistryClient({"url": f"{url}/schema-registry", "basic.auth.user.info": f"{user}:{password}"})


def reader(part: str):
    text = registry.get_latest_version(f"{topic}-{part}").schema.schema_str
    field = MessageField.KEY if part == "key" else MessageField.VALUE
    if form == "avro":
        decode = AvroDeserializer(registry)
    elif form == "json":
        decode = JSONDeserializer(text, schema_registry_client=registry)
    else:
        decode = ProtobufDeserializer(generated(text, part), {"use.deprecated.format": False})

    def read(data):
        value = None if data is None else decode(data, SerializationContext(topic, field))
        if value is None or isinstance(value, dict):
            return value
        return {f.name: getattr(value, f.name) for f in value.DESCRIPTOR.fields if not f.has_presence or value.HasField(f.name)}

    return read


def plain(value):
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if hasattr(value, "ToJsonString"):
        return value.ToJsonString()
    raise TypeError(type(value))


key_of, value_of = reader("key"), reader("value")
consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"interop-{os.getpid()}", "isolation.level": "read_committed", "enable.partition.eof": True})
partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
open_partitions = set(partitions)
while open_partitions:
    record = consumer.poll(20)
    if record is None:
        raise SystemExit("nothing came within 20 seconds")
    if record.error():
        open_partitions.discard(record.partition())
        continue
    headers = {name: value.decode() for name, value in record.headers() or []}
    print(json.dumps({"key": key_of(record.key()), "value": value_of(record.value()), "op": headers.get("tulle-op"), "id": headers.get("tulle-id")}, default=plain))
consumer.close()
