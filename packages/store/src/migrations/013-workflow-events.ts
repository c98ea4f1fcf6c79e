// CloudEvents that workflows emit and wait for, in the order in which they became visible, each key once.

export const workflowEvents = `
create table workflow_event (
  position bigint generated always as identity primary key,
  key text not null unique,
  event jsonb not null,
  kept_at timestamptz not null
);
create index workflow_event_kept_at on workflow_event (kept_at);
`
