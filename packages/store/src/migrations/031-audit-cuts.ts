// Which entries of the audit say that older ones were removed in good order. Kept outside of its files, so that nobody who can change
// those alone can make it look as if entries had been removed by a rule.

export const auditCuts = `
create table audit_cut (
  chain text not null,
  seq bigint not null,
  hash text not null,
  through bigint not null,
  anchor_number bigint,
  anchor_digest text,
  at timestamptz not null default clock_timestamp(),
  primary key (chain, seq)
);
`
