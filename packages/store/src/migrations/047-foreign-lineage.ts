// What tools of others tell of their jobs: names of data sets and columns, of each job what it last did; and tokens that may tell it.

export const foreignLineage = `
create sequence foreign_job_seq;
create table foreign_job (
  key text primary key,
  namespace text not null,
  name text not null,
  producer text not null,
  run_id text,
  state text not null,
  at timestamptz not null,
  flow jsonb not null,
  token text not null,
  account_id text not null,
  seq bigint not null default nextval('foreign_job_seq'),
  updated_at timestamptz not null
);
create index foreign_job_updated on foreign_job (updated_at);
alter table api_token drop constraint api_token_scope_check;
alter table api_token add constraint api_token_scope_check check (scope in ('read', 'full', 'decide', 'lineage'));
`
