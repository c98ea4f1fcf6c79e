// Runs that only wait give their place in the queue to others, and ask for it again.

export const runsAside = `
alter table run add column aside text;
alter table run add column returns_at timestamptz;
`
