// Persons who were erased: by digests that only this mesh can make. `sealed` is what an erasure is about while it is at work.

export const erasure = `
create table erasure (
  id text primary key,
  key_name text not null,
  digest text not null,
  state text not null check (state in ('requested', 'running', 'stuck', 'done', 'declined')),
  sealed text,
  requested_by text not null,
  requested_by_id text not null,
  requested_at timestamptz not null,
  approved_by text,
  finished_at timestamptz,
  steps jsonb not null,
  report jsonb,
  problem text
);

create table erasure_suppression (
  key_name text not null,
  digest text not null,
  erasure_id text not null,
  primary key (key_name, digest)
);

create table erased_snapshot (
  product text not null,
  data_set text not null,
  snapshot_id text not null,
  erasure_id text not null,
  kind text not null check (kind in ('rewritten', 'dropped')),
  primary key (product, data_set, snapshot_id)
);

create table erasure_consumer (
  erasure_id text not null,
  kind text not null,
  name text not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  primary key (erasure_id, kind, name)
);
`
