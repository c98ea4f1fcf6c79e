// What people keep beside a product for all who may see it: saved queries, dashboards.

export const sharedWork = `
create table shared_work (
  kind text not null,
  product_id text not null,
  name text not null,
  title text not null,
  description text,
  body jsonb not null,
  version integer not null,
  created_by_id text not null,
  created_by text not null,
  created_at timestamptz not null,
  changed_by text not null,
  changed_at timestamptz not null,
  primary key (product_id, kind, name)
);
`
