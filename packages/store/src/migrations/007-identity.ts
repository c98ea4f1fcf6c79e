// What is known of a subject, and by what it signs in: attributes, service identities, API tokens, an issuer's people,
// and the minutes in which somebody may do more than their role says.

export const identity = `
alter table account add column attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object');
alter table account add column kind text not null default 'user' check (kind in ('user', 'service'));
alter table account add column represents_kind text check (represents_kind in ('product', 'application'));
alter table account add column represents_id text;
alter table account add constraint account_represents check ((kind = 'service') = (represents_kind is not null and represents_id is not null));
create unique index account_representative on account (represents_kind, represents_id);
alter table account add column issuer text;
alter table account add column issuer_subject text;
alter table account add column confirmed_at timestamptz;
alter table account add constraint account_issuer check ((issuer is null) = (issuer_subject is null) and (issuer is null) = (confirmed_at is null));
create unique index account_at_issuer on account (issuer, issuer_subject);

alter table session_token add column sealed_refresh text;
alter table session_token add column confirm_at timestamptz;

create table api_token (
  id text primary key,
  account_id text not null references account on delete cascade,
  label text not null,
  digest text not null unique,
  verifier text not null,
  scope text not null check (scope in ('read', 'full')),
  purposes jsonb,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  rotated_from text references api_token
);
create index api_token_account on api_token (account_id);

create table elevation (
  id text primary key,
  account_id text not null references account on delete cascade,
  justification text not null,
  started_at timestamptz not null,
  ends_at timestamptz not null,
  ended_at timestamptz
);
create index elevation_account on elevation (account_id, ends_at);
`
