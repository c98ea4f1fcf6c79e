// What webhooks delivered, by their ids: a delivery that comes again starts nothing.

export const hooks = `
create table hook_delivery (
  product text not null,
  hook text not null,
  id text not null,
  run_id text not null,
  at timestamptz not null default now(),
  primary key (product, hook, id)
);
create index hook_delivery_at on hook_delivery (at);
`
