// By which document a run goes, and what its steps hand each other.

export const runDocuments = `
alter table run add column document jsonb;

create table run_output (
  run_id text not null references run on delete cascade,
  step text not null,
  output jsonb not null,
  primary key (run_id, step)
);
`
