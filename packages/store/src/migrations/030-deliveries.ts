// What webhooks delivered, until it is published, in an order that no reader can miss one of; and what files of a port were
// there when they last started a run.

export const deliveries = `
alter table hook_delivery
  alter column run_id drop not null,
  add column seq bigint generated always as identity,
  add column body bytea,
  -- A version that is published has taken it in.
  add column taken boolean not null default false;
create index hook_delivery_body on hook_delivery (product, hook, seq) where body is not null;

create table file_watch (
  product text not null,
  port text not null,
  -- Of names and versions of its files.
  seen text not null,
  at timestamptz not null default now(),
  primary key (product, port)
);
`
