// Runs wait for their turn: what they wait for, which go first, and what people have paused.

export const runQueue = `
alter table run add column priority integer not null default 500;
alter table run add column admitted_at timestamptz;
alter table run add column waits text;
alter table run add column paused_at timestamptz;
alter table run add column paused_by text;
update run set admitted_at = coalesce(started_at, requested_at);
create index run_admitted on run (product, admitted_at);

create table trigger_pause (
  product text primary key,
  by text not null,
  at timestamptz not null,
  missed integer not null default 0
);
`
