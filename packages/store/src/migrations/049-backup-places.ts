// Where backups were made, so that an erasure finds them; when an erasure has taken a person out of everything but them; and which
// secret the digests of persons were made under.

export const backupPlaces = `
create table backup_place (
  name text primary key,
  first_at timestamptz not null,
  last_at timestamptz not null
);

alter table erasure add column settled_at timestamptz;
alter table erasure add column products jsonb;

create table erasure_key (
  is_only boolean primary key default true check (is_only),
  fingerprint text not null
);
`
