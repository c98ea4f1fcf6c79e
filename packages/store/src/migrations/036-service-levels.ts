// What products promise of their service and how it was kept: samples, burning budgets, incidents, the badge, and how long
// statements took.

export const serviceLevels = `
create table sli_sample (
  product_id text not null,
  indicator text not null,
  at timestamptz not null,
  state text not null,
  value double precision,
  note text,
  primary key (product_id, indicator, at)
);
create index sli_sample_at on sli_sample (at);

create table slo_burn (
  product_id text not null,
  level text not null,
  indicator text not null,
  rule text not null,
  since timestamptz not null,
  primary key (product_id, level, indicator, rule)
);

create table incident (
  id text primary key,
  product text not null,
  product_id text not null,
  cause text not null,
  cause_key text not null,
  sentence text not null,
  run_id text,
  affected jsonb not null,
  opened_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  resolved_at timestamptz,
  resolved_by text,
  repeats integer not null default 0
);
create unique index incident_open on incident (product_id, cause_key) where resolved_at is null;
create index incident_product on incident (product_id, opened_at desc);
create index incident_opened on incident (opened_at desc);

create table incident_entry (
  seq bigint generated always as identity primary key,
  incident_id text not null references incident on delete cascade,
  at timestamptz not null,
  what text not null,
  by_name text,
  note text
);
create index incident_entry_of on incident_entry (incident_id, seq);

create table incident_subscription (
  account_id text not null,
  product_id text not null,
  at timestamptz not null,
  primary key (account_id, product_id)
);

create table certification (
  seq bigint generated always as identity primary key,
  product_id text not null,
  certified boolean not null,
  at timestamptz not null,
  failing jsonb not null
);
create index certification_of on certification (product_id, seq desc);

create table statement_latency (
  product_id text not null,
  at timestamptz not null,
  bucket integer not null,
  statements bigint not null,
  primary key (product_id, at, bucket)
);
create index statement_latency_at on statement_latency (at);
`
