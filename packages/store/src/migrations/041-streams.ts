// What changed between published snapshots: a log of references for each data set that is streamed, and how far consumers came.

export const streams = `
create table stream (
  id text primary key default gen_random_uuid()::text,
  product_id text not null,
  data_set text not null,
  head bigint not null default 0,
  oldest bigint not null default 1,
  unique (product_id, data_set)
);
create table stream_segment (
  stream_id text not null references stream (id) on delete cascade,
  number bigint not null,
  kind text not null check (kind in ('base', 'changes', 'event')),
  event_id text not null,
  from_snapshot text,
  to_snapshot text,
  run_id text,
  contract_version text,
  at timestamptz not null,
  entries bigint not null,
  file text,
  event json,
  primary key (stream_id, number),
  unique (stream_id, event_id, kind)
);
create table stream_position (
  owner_id text not null,
  stream_id text not null references stream (id) on delete cascade,
  consumer text not null,
  owner_name text not null,
  address json not null,
  phase text not null check (phase in ('initial', 'log')),
  number bigint not null,
  ordinal bigint not null,
  saved_at timestamptz not null default clock_timestamp(),
  primary key (owner_id, stream_id, consumer)
);
create function tulle_stream_appended() returns trigger language plpgsql as $$
begin
  perform pg_notify('tulle_streams', '');
  return null;
end $$;
create trigger stream_appended after insert on stream_segment for each statement execute function tulle_stream_appended();
`
