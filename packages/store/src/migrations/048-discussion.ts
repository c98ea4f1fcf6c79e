// What people say to each other about a product, in threads.

export const discussion = `
create table discussion_entry (
  id text primary key,
  seq bigint generated always as identity,
  product_id text not null,
  thread text not null,
  body text,
  by_id text not null,
  by_name text not null,
  at timestamptz not null,
  gone_by text
);
create index discussion_entry_of on discussion_entry (product_id, thread, seq);
create index discussion_entry_at on discussion_entry (at);
`
