// Keys of persons go with the table whose columns they open, in the transaction in which nothing leads to it any more. A table that is
// renamed gives its name up and takes another in one, so it is looked at when that ends. Those of an archive go with the archive.

export const keysOfTables = `
create function tulle_forget_keys() returns trigger language plpgsql as $$
begin
  delete from person_key where table_id = old.uuid::text and not exists (select from table_pointer where uuid = old.uuid);
  return null;
end $$;
create constraint trigger table_dropped after delete on table_pointer deferrable initially deferred
  for each row execute function tulle_forget_keys();
create constraint trigger table_replaced after update of uuid on table_pointer deferrable initially deferred
  for each row when (old.uuid is distinct from new.uuid) execute function tulle_forget_keys();
create function tulle_forget_archive_keys() returns trigger language plpgsql as $$
begin
  delete from person_key where table_id = old.uuid::text;
  return null;
end $$;
create trigger archive_ended after delete on cold_table for each row execute function tulle_forget_archive_keys();
delete from person_key where table_id not in (select uuid::text from table_pointer union all select uuid::text from cold_table);
`
