// What a step of a run began with, so that another run may begin there.

export const rerun = `
alter table run_step add column began jsonb;
`
