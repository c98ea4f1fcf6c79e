// What clients of the Iceberg REST catalogue keep beside the tables of products. Views share the names of tables, so the
// pointers of both are in one table.

export const catalog = `
alter table table_pointer add column kind text not null default 'table' check (kind in ('table', 'view'));

create table catalog_namespace (
  name text primary key,
  properties jsonb not null default '{}'
);
`
