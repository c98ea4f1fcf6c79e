// What every check of every run said: the history that anomalies are found by, and what service levels count.

export const checkVerdicts = `
create table check_verdict (
  run_id text not null,
  product text not null,
  data_set text not null,
  check_name text not null,
  at timestamptz not null default clock_timestamp(),
  status text not null,
  action text not null,
  measured double precision,
  failing bigint,
  rows bigint,
  band jsonb,
  sentence text not null,
  primary key (run_id, data_set, check_name)
);
create index check_verdict_history on check_verdict (product, data_set, check_name, at desc);
create index check_verdict_at on check_verdict (product, at desc);
`
