// What the columns of published snapshots hold: a profile of each snapshot, and of the newest what was read, to be joined with
// what comes to it.

export const profiles = `
create table profile (
  product_id text not null,
  data_set text not null,
  snapshot_id text not null,
  run_id text,
  at timestamptz not null default clock_timestamp(),
  way text not null,
  milliseconds integer not null,
  profile json not null,
  primary key (product_id, data_set, snapshot_id)
);
create index profile_newest on profile (product_id, data_set, at desc);

create table profile_part (
  product_id text not null,
  data_set text not null,
  snapshot_id text not null,
  part bytea not null,
  primary key (product_id, data_set)
);
`
