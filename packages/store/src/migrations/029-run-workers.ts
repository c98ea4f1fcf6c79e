// Processes that carry runs, with their last sign of life.

export const runWorkers = `
create table run_worker (
  id text primary key,
  place text not null,
  pid integer not null,
  born text not null,
  seen_at timestamptz not null
);
`
