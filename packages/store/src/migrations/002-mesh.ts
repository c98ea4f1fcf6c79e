// What the mesh is made of, who changed it, and where each table's current metadata is.

export const mesh = `
create table mesh_state (
  one boolean primary key default true check (one),
  generation bigint not null default 0,
  mesh jsonb
);
insert into mesh_state default values;

create table resource (
  id text primary key,
  kind text not null,
  ref text not null,
  product text,
  spec jsonb not null,
  fingerprint text not null,
  archived_at timestamptz,
  updated_at timestamptz not null default now()
);
create unique index resource_active_ref on resource (ref) where archived_at is null;
create index resource_kind on resource (kind) where archived_at is null;
create index resource_product on resource (product);

create table table_pointer (
  uuid text primary key,
  namespace text not null,
  name text not null,
  metadata_location text not null,
  version bigint not null,
  archived_at timestamptz
);
create unique index table_pointer_active_name on table_pointer (namespace, name) where archived_at is null;

create table apply (
  id text primary key,
  plan_fingerprint text not null,
  plan jsonb not null,
  status text not null,
  started_by text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  diagnostics jsonb not null default '[]'
);
create index apply_started on apply (started_at desc);

create table apply_stage (
  apply_id text not null references apply on delete cascade,
  ordinal integer not null,
  status text not null,
  started_at timestamptz,
  finished_at timestamptz,
  message text,
  primary key (apply_id, ordinal)
);
`
