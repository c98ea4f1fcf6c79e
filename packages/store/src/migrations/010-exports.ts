// What left of each product, by subject and slot of some minutes, and the ways that were closed since too much did. A subject has
// at most one closed way to a product at a time.

export const exports = `
create table export_slot (
  subject text not null,
  product_id text not null,
  start bigint not null,
  rows bigint not null,
  bytes bigint not null,
  statements bigint not null,
  primary key (subject, product_id, start)
);

create table export_freeze (
  id text primary key,
  subject text not null,
  subject_name text not null,
  product_id text not null,
  product text not null,
  at timestamptz not null,
  what text not null,
  amount bigint not null,
  allowed bigint not null,
  rule text not null,
  thawed_at timestamptz,
  thawed_by text
);
create unique index export_freeze_in_force on export_freeze (subject, product_id) where thawed_at is null;
create index export_freeze_at on export_freeze (at);
`
