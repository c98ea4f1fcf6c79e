// A key for each person in each table whose columns lie enciphered in its files, itself enciphered under a key that lies elsewhere.
// One that was destroyed leaves only that it was.

export const personKeys = `
create table person_key (
  id text primary key,
  table_id text not null,
  digest text,
  wrapped text,
  erasure_id text,
  destroyed_at timestamptz,
  unique (table_id, digest),
  check ((wrapped is null) = (destroyed_at is not null)),
  check (destroyed_at is null or digest is null)
);
create index person_key_destroyed on person_key (table_id) where destroyed_at is not null;
`
