// Who wants to be told where, how far they were told, what became of each request, and what they never took.

export const webhooks = `
create table webhook (
  id text primary key,
  account_id text not null,
  product_id text not null,
  data_set text,
  url text not null,
  purpose text,
  kinds jsonb not null,
  filter jsonb not null,
  batch jsonb not null,
  note text,
  created_at timestamptz not null,
  state text not null,
  paused_by text,
  paused_why text,
  salt text not null,
  generation integer not null default 1,
  previous_until timestamptz,
  position text not null,
  epoch integer not null default 0,
  failures integer not null default 0,
  failing_since timestamptz,
  next_at timestamptz,
  trouble text,
  delivered bigint not null default 0,
  last_delivered_at timestamptz
);
create index webhook_account on webhook (account_id);
create index webhook_product on webhook (product_id);

create table webhook_delivery (
  seq bigint generated always as identity primary key,
  webhook_id text not null references webhook on delete cascade,
  kind text not null,
  at timestamptz not null,
  message text not null,
  events integer not null,
  first_event text,
  last_event text,
  bytes integer not null,
  status integer,
  milliseconds real not null,
  outcome text not null,
  trouble text
);
create index webhook_delivery_newest on webhook_delivery (webhook_id, seq desc);

create table webhook_dead_letter (
  seq bigint generated always as identity primary key,
  webhook_id text not null references webhook on delete cascade,
  event text not null,
  type text not null,
  before text not null,
  reason text not null,
  at timestamptz not null,
  state text not null,
  unique (webhook_id, event)
);
`
