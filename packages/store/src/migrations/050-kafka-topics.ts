// How far each topic of a Kafka port was written, under which rights, and how it is doing.

export const kafkaTopics = `
create table kafka_topic (
  port_id text not null,
  data_set text not null,
  product_id text not null,
  port text not null,
  topic text not null,
  place text,
  position text,
  rights text,
  sweep jsonb,
  written bigint not null default 0,
  status text not null default 'starting',
  trouble_code text,
  trouble text,
  changed_at timestamptz not null,
  primary key (port_id, data_set)
);
create index kafka_topic_product on kafka_topic (product_id);
`
