// Rows that were archived: where the table of each data set's archive begins, the digest of every object that the cold store was
// given, and what was moved there and back.

export const coldStore = `
create table cold_store (
  is_only boolean primary key default true check (is_only),
  id text not null
);

create table cold_table (
  table_uuid text primary key,
  product_id text not null,
  product text not null,
  data_set text not null,
  uuid text not null unique,
  metadata_location text not null,
  version bigint not null default 1
);

create table cold_object (
  address text primary key,
  sha256 text not null,
  bytes bigint not null
);

create table row_move (
  id bigint generated always as identity primary key,
  table_uuid text not null,
  product_id text not null,
  product text not null,
  data_set text not null,
  action text not null check (action in ('archived', 'restored')),
  rows bigint not null,
  bytes bigint not null,
  contract_version text,
  from_snapshot text,
  to_snapshot text,
  at timestamptz not null,
  by text not null,
  kept_column text,
  kept_from text,
  kept_to text,
  kept_until timestamptz
);
create index row_move_of_table on row_move (table_uuid, id);
`
