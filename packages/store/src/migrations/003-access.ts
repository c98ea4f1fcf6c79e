// Who there is, and who may use what. A grant names a product by its immutable id and outlives the product's archiving,
// so it has no foreign key to it: history is kept.

export const access = `
create table account (
  id text primary key,
  name text not null unique,
  role text not null,
  display_name text not null,
  verifier text not null,
  purposes jsonb not null default '[]',
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);

create table account_team (
  account_id text not null references account on delete cascade,
  team text not null,
  primary key (account_id, team)
);
create index account_team_team on account_team (team);

create table session_token (
  digest text primary key,
  account_id text not null references account on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  label text not null
);
create index session_token_account on session_token (account_id);
create index session_token_expiry on session_token (expires_at);

create table access_grant (
  id text primary key,
  subject_kind text not null check (subject_kind in ('user', 'team')),
  subject text not null,
  product_id text not null,
  data_set text,
  columns jsonb,
  purposes jsonb not null check (jsonb_array_length(purposes) > 0),
  granted_by text not null,
  granted_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text
);
create index access_grant_active on access_grant (product_id) where revoked_at is null;
`
