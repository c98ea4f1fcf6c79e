// What holds the audit's chain from outside of its files: where it had come to, and when. Texts are kept as they were hashed.
// The keys of its values are here, and nowhere else, so that they can be destroyed.

export const audit = `
create table audit_chain (
  chain text primary key,
  place text not null,
  opened_at timestamptz not null default clock_timestamp()
);

create table audit_anchor (
  chain text not null,
  number bigint not null,
  seq bigint not null,
  hash text not null,
  at text not null,
  prev text not null,
  digest text not null,
  primary key (chain, number)
);

create table audit_key (
  chain text not null,
  seq bigint not null,
  subject text,
  key bytea not null,
  primary key (chain, seq)
);
create index audit_key_subject on audit_key (subject);
`
