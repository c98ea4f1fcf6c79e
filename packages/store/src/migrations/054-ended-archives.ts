// Archives whose data sets were destroyed, which go from the cold store when it can be reached; and which home of a mesh writes into
// the store. The latter is in no backup: a home that is restored is another one.

export const endedArchives = `
alter table cold_table add column ended_at timestamptz;

create table cold_holder (
  is_only boolean primary key default true check (is_only),
  id text not null
);
`
