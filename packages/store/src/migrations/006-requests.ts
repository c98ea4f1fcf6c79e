// Who asked for what, who decided it, and what became of every grant. That an approved request has its grant, and only an
// approved one, is not left to the code: the table refuses anything else.

export const requests = `
alter table access_grant drop constraint access_grant_subject_kind_check;
alter table access_grant
  add constraint access_grant_subject_kind check (subject_kind in ('user', 'team', 'domain', 'product', 'application')),
  add column row_condition text,
  add column unmasked jsonb,
  add column request_id text,
  add column declared_by text,
  add column frozen_at timestamptz,
  add column frozen_by text,
  add column expiry_told_at timestamptz;
create unique index access_grant_request on access_grant (request_id) where request_id is not null;
create unique index access_grant_declared on access_grant (declared_by) where declared_by is not null and revoked_at is null;
create index access_grant_expiry on access_grant (expires_at) where expiry_told_at is null and revoked_at is null;

create table access_request (
  id text primary key,
  kind text not null check (kind in ('access', 'unmask', 'renew')),
  state text not null check (state in ('submitted', 'approved', 'narrowed', 'declined', 'withdrawn', 'expired')),
  subject_kind text not null,
  subject text not null,
  product_id text not null,
  purpose text not null,
  terms jsonb not null,
  justification text not null,
  agreements jsonb not null default '[]',
  persons integer not null check (persons between 0 and 2),
  requested_by text not null,
  requested_by_name text not null,
  requested_at timestamptz not null,
  lapses_at timestamptz not null,
  renews_grant text references access_grant,
  decided_at timestamptz,
  grant_id text references access_grant,
  constraint access_request_outcome check ((state in ('approved', 'narrowed')) = (grant_id is not null))
);
create index access_request_open on access_request (product_id) where state = 'submitted';
create index access_request_by on access_request (requested_by, requested_at desc);
create index access_request_newest on access_request (requested_at desc);

create table access_verdict (
  request_id text not null references access_request on delete cascade,
  ordinal integer not null,
  verdict text not null check (verdict in ('approve', 'narrow', 'decline')),
  given_by text not null,
  given_by_name text not null,
  given_at timestamptz not null,
  terms jsonb,
  note text,
  primary key (request_id, ordinal),
  unique (request_id, given_by)
);

create table access_history (
  seq bigint generated always as identity primary key,
  request_id text,
  grant_id text,
  change text not null,
  by_name text not null,
  at timestamptz not null,
  note text
);
create index access_history_request on access_history (request_id);
create index access_history_grant on access_history (grant_id);
`
