// What was used, by day: counts of lines of the audit, and how far they were counted. They outlive the lines.

export const usage = `
create table usage_day (
  day text not null,
  product_id text not null,
  subject_id text not null,
  subject text not null,
  purpose text not null,
  statements bigint not null,
  refused bigint not null,
  rows bigint not null,
  bytes bigint not null,
  milliseconds bigint not null,
  crossing bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (day, product_id, subject_id, purpose)
);
create index usage_day_product on usage_day (product_id, day);

create table usage_cursor (
  one boolean primary key default true check (one),
  seq bigint not null
);
`
