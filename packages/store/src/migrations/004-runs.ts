// What the API shows of runs. The durable state of a workflow is in its runtime's own schema.

export const runs = `
create table run (
  id text primary key,
  product text not null,
  status text not null,
  trigger jsonb not null,
  parameters jsonb not null default '{}',
  requested_by text not null,
  requested_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  diagnostics jsonb not null default '[]'
);
create index run_product on run (product, requested_at desc);
create index run_requested on run (requested_at desc);
create index run_open on run (status) where finished_at is null;

create table run_step (
  run_id text not null references run on delete cascade,
  ordinal integer not null,
  name text not null,
  status text not null,
  started_at timestamptz,
  finished_at timestamptz,
  attempt integer not null default 1,
  rows_read bigint,
  rows_written bigint,
  reason text,
  output jsonb,
  primary key (run_id, ordinal)
);

create table run_log (
  run_id text not null references run on delete cascade,
  seq bigint generated always as identity,
  time timestamptz not null default clock_timestamp(),
  step text,
  level text not null,
  message text not null,
  primary key (run_id, seq)
);
`
