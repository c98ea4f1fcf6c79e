// Who was told of what: alerts, their ways out to people, and who has seen them in the console.

export const alerts = `
create table alert (
  id text primary key,
  reason text not null,
  product text not null,
  run_id text,
  sentence text not null,
  facts jsonb not null,
  at timestamptz not null
);
create index alert_at on alert (at desc);
create index alert_product on alert (product, at desc);

create table alert_delivery (
  id text primary key,
  alert_id text not null references alert on delete cascade,
  way jsonb not null,
  status text not null,
  attempts integer not null default 0,
  next_at timestamptz not null,
  delivered_at timestamptz,
  trouble text
);
create index alert_delivery_alert on alert_delivery (alert_id);
create index alert_delivery_due on alert_delivery (next_at) where status = 'waiting';

create table alert_seen (
  account_id text primary key,
  until timestamptz not null
);
`
