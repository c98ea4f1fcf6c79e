// The outbox. Its numbers are given at commit, under a lock, so that they rise in the order in which transactions
// become visible: a follower that has seen n never finds a smaller one later. A plain identity would be given at
// insert, and a slow transaction's events would appear behind a cursor that has passed them. NOTIFY serialises
// commits in the same way, so the lock costs nothing that is not paid already; being taken last, in a deferred
// trigger, it cannot deadlock with locks on rows.

export const journal = `
create table outbox (
  seq bigint unique,
  id text primary key,
  type text not null,
  source text not null,
  subject text,
  time timestamptz not null default clock_timestamp(),
  data jsonb not null
);

create sequence outbox_seq owned by outbox.seq;

create function outbox_number() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7310861501);
  update outbox set seq = nextval('outbox_seq') where id = new.id;
  perform pg_notify('tulle_outbox', '');
  return null;
end $$;

create constraint trigger outbox_number after insert on outbox
  deferrable initially deferred for each row execute function outbox_number();

create table outbox_cursor (
  consumer text primary key,
  seq bigint not null
);
`
