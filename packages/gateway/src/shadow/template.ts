// The SQL that turns an empty PostgreSQL into the template of shadow databases: a catalogue that speaks of one database
// and one user, and claims the version of which our clients know the tables. Runs as the cluster's superuser.

import { quoteLiteral } from '@tulle/sql'
import { SERVER_VERSION } from '../settings.ts'

/** The role that asks. It owns nothing and may change nothing. */
export const READER = 'tulle_reader'

/** Names of settings that describe how the server speaks, and none that describe the machine. */
const SHOWN = [
  'application_name', 'block_size', 'bytea_output', 'client_encoding', 'client_min_messages', 'DateStyle', 'default_transaction_isolation', 'default_transaction_read_only',
  'extra_float_digits', 'integer_datetimes', 'IntervalStyle', 'lc_collate', 'lc_ctype', 'lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time', 'max_identifier_length',
  'max_index_keys', 'quote_all_identifiers', 'row_security', 'search_path', 'server_encoding', 'server_version', 'server_version_num', 'standard_conforming_strings',
  'statement_timeout', 'TimeZone', 'transaction_isolation', 'transaction_read_only', 'wal_block_size',
]
const VERSION_NUMBER = SERVER_VERSION.split('.').map((part, i) => (i === 0 ? part : part.padStart(4, '0'))).join('')

/** Everything that a template is made of; a change of it makes another template. */
export const templateStatements = (database: string): readonly string[] => {
  const name = quoteLiteral(database)
  const shown = SHOWN.map(quoteLiteral).join(', ')
  return [
    'set allow_system_table_mods = on',
    // One database: the real names are a matter of the cluster. Columns are those of PostgreSQL 15.
    'alter table pg_catalog.pg_database rename to pg_database_of_cluster',
    'revoke all on pg_catalog.pg_database_of_cluster from public',
    `create view pg_catalog.pg_database as select oid, ${name}::name as datname, datdba, encoding, 'c'::"char" as datlocprovider, false as datistemplate, true as datallowconn, datconnlimit,
       datfrozenxid, datminmxid, dattablespace, datcollate::text collate "C" as datcollate, datctype::text collate "C" as datctype, null::text as daticulocale, datcollversion, null::aclitem[] as datacl
     from pg_catalog.pg_database_of_cluster where datname = pg_catalog.tulle_real_database()`,
    'grant select on pg_catalog.pg_database to public',
    'alter table pg_catalog.pg_collation rename to pg_collation_of_cluster',
    `create view pg_catalog.pg_collation as select oid, collname, collnamespace, collowner, collprovider, collisdeterministic, collencoding, collcollate, collctype,
       colllocale as colliculocale, collversion from pg_catalog.pg_collation_of_cluster where collprovider <> 'b'`,
    'grant select on pg_catalog.pg_collation to public',
    ...['pg_attribute', 'pg_constraint', 'pg_statistic_ext'].map((table) => `alter table pg_catalog.${table} rename to ${table}_of_cluster`),
    `create view pg_catalog.pg_attribute as select attrelid, attname, atttypid, attstattarget::integer as attstattarget, attlen, attnum, attndims::integer as attndims, -1 as attcacheoff, atttypmod, attbyval, attalign,
       attstorage, attcompression, attnotnull, atthasdef, atthasmissing, attidentity, attgenerated, attisdropped, attislocal, attinhcount::integer as attinhcount, attcollation, attacl, attoptions, attfdwoptions,
       attmissingval from pg_catalog.pg_attribute_of_cluster`,
    `create view pg_catalog.pg_statistic_ext as select oid, stxrelid, stxname, stxnamespace, stxowner, coalesce(stxstattarget, -1)::integer as stxstattarget, stxkeys, stxkind, stxexprs from pg_catalog.pg_statistic_ext_of_cluster`,
    // Since PostgreSQL 18 it also holds NOT NULL, which older clients take for a kind of constraint that they do not know.
    `create view pg_catalog.pg_constraint as select oid, conname, connamespace, contype, condeferrable, condeferred, convalidated, conrelid, contypid, conindid, conparentid, confrelid, confupdtype,
       confdeltype, confmatchtype, conislocal, coninhcount::integer as coninhcount, connoinherit, conkey, confkey, conpfeqop, conppeqop, conffeqop, confdelsetcols, conexclop, conbin
     from pg_catalog.pg_constraint_of_cluster where contype <> 'n'`,
    'grant select on pg_catalog.pg_attribute, pg_catalog.pg_constraint, pg_catalog.pg_statistic_ext to public',
    // One user: the asker, in whose name the reader connects.
    `create or replace view pg_catalog.pg_roles as select case rolname when '${READER}' then pg_catalog.tulle_asker() else rolname end as rolname, rolsuper, true as rolinherit, rolcreaterole,
       rolcreatedb, rolcanlogin, rolreplication, -1 as rolconnlimit, '********'::text as rolpassword, rolvaliduntil, rolbypassrls, null::text[] collate "C" as rolconfig, oid
     from pg_catalog.pg_authid where rolname in ('${READER}', pg_catalog.tulle_owner()) or rolname like 'pg\\_%'`,
    `create or replace view pg_catalog.pg_user as select pg_catalog.tulle_asker() as usename, oid as usesysid, false as usecreatedb, false as usesuper, false as userepl,
       false as usebypassrls, '********'::text as passwd, null::timestamptz as valuntil, null::text[] collate "C" as useconfig from pg_catalog.pg_authid where rolname = '${READER}'`,
    `create or replace view pg_catalog.pg_group as select rolname as groname, oid as grosysid, '{}'::oid[] as grolist from pg_catalog.pg_authid where rolname like 'pg\\_%'`,
    ...['current_user', 'session_user', 'current_role', '"user"'].map((f) => `create or replace function pg_catalog.${quoted(f)}() returns name language sql stable as $$ select pg_catalog.tulle_asker() $$`),
    // Asked for a user by name, which is the asker's: here a right is always the reader's own.
    ...['has_table_privilege', 'has_any_column_privilege', 'has_schema_privilege'].flatMap((f) => ['text', 'oid'].map((what) =>
      `create or replace function pg_catalog.${f}(name, ${what}, text) returns boolean language sql stable as $$ select pg_catalog.${f}($2, $3) $$`)),
    ...['text', 'oid'].map((what) => `create or replace function pg_catalog.has_column_privilege(name, ${what}, text, text) returns boolean language sql stable as $$ select pg_catalog.has_column_privilege($2, $3, $4) $$`),
    ...['current_database', 'current_catalog'].map((f) => `create or replace function pg_catalog."${f}"() returns name language sql stable as $$ select ${name}::name $$`),
    // Its body is bound to the table of databases, which the reader may not read. 6 is UTF8.
    `create or replace function information_schema._pg_char_octet_length(typid oid, typmod int4) returns integer language sql immutable parallel safe returns null on null input
       return case when $1 in (25, 1042, 1043) then case when $2 = -1 then 1073741824 else information_schema._pg_char_max_length($1, $2) * pg_catalog.pg_encoding_max_length(6) end end`,
    `create or replace function pg_catalog.version() returns text language sql stable as $$ select ${quoteLiteral(`PostgreSQL ${SERVER_VERSION} (Tulle)`)}::text $$`,
    `create or replace function pg_catalog.current_setting(text) returns text language sql stable as $$ select pg_catalog.tulle_shown($1) $$`,
    `create or replace function pg_catalog.current_setting(text, boolean) returns text language sql stable as $$ select pg_catalog.tulle_shown($1) $$`,
    // Asked for by clients that think they set something; nothing is set.
    `create or replace function pg_catalog.set_config(text, text, boolean) returns text language sql stable as $$ select $2 $$`,
    `create or replace function pg_catalog.pg_backend_pid() returns integer language sql stable as $$ select 0 $$`,
    `create or replace function pg_catalog.inet_server_addr() returns inet language sql stable as $$ select null::inet $$`,
    `create or replace function pg_catalog.inet_client_addr() returns inet language sql stable as $$ select null::inet $$`,
    `create or replace function pg_catalog.inet_server_port() returns integer language sql stable as $$ select null::integer $$`,
    `create or replace view pg_catalog.pg_settings as select name, pg_catalog.tulle_shown(name) as setting, unit, category, short_desc, extra_desc, context, vartype, source, min_val, max_val,
       enumvals, boot_val, reset_val, null::text as sourcefile, null::integer as sourceline, false as pending_restart
     from pg_catalog.pg_show_all_settings() as s where name in (${shown})`,
    'create or replace view pg_catalog.pg_locks as select * from pg_catalog.pg_lock_status() as l where false',
    // Tools ask how many rows there are and how often an index was read. Tables are empty, and what was asked of them is nobody's.
    'alter view pg_catalog.pg_stat_user_tables rename to pg_stat_user_tables_of_cluster',
    `create view pg_catalog.pg_stat_user_tables as select c.oid as relid, n.nspname as schemaname, c.relname, ${zeros('seq_scan seq_tup_read idx_scan idx_tup_fetch n_tup_ins n_tup_upd n_tup_del n_tup_hot_upd n_live_tup n_dead_tup n_mod_since_analyze n_ins_since_vacuum')},
       ${['last_vacuum', 'last_autovacuum', 'last_analyze', 'last_autoanalyze'].map((column) => `null::timestamptz as ${column}`).join(', ')}, ${zeros('vacuum_count autovacuum_count analyze_count autoanalyze_count')}
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'm', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'`,
    'create or replace function pg_catalog.pg_stat_get_numscans(oid) returns bigint language sql stable as $$ select 0::bigint $$',
    // A second wall behind the allowlist of the gate.
    `do $$ declare r record; begin
       for r in select c.oid::regclass as name from pg_catalog.pg_class c where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind in ('r', 'v')
         and (c.relname like 'pg\\_stat%' or c.relname in ('pg_hba_file_rules', 'pg_ident_file_mappings', 'pg_file_settings', 'pg_config', 'pg_shmem_allocations', 'pg_backend_memory_contexts', 'pg_replication_slots', 'pg_subscription', 'pg_shadow', 'pg_authid', 'pg_largeobject', 'pg_statistic', 'pg_shdepend', 'pg_replication_origin', 'pg_replication_origin_status', 'pg_aios'))
         and c.relname not like 'pg\\_statistic\\_ext%'
       loop execute format('revoke all on %s from public', r.name); end loop;
       for r in select p.oid::regprocedure as name from pg_catalog.pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f'
         and p.proname ~ '^(lo_|pg_sleep|pg_advisory|pg_try_advisory|pg_read|pg_ls_|pg_stat_file|pg_logical|pg_replication|pg_create|pg_drop|pg_export|pg_notify|pg_cancel|pg_terminate|pg_signal|pg_reload|pg_rotate|pg_promote|pg_switch|pg_wal|pg_backup|pg_log|pg_stat_get|pg_stat_reset|pg_stat_clear|query_to_xml|table_to_xml|cursor_to_xml|schema_to_xml|database_to_xml|loread|lowrite|txid_|pg_current_|pg_control|pg_config|pg_hba|pg_ident|pg_show_all_file|pg_blocking|pg_safe_snapshot|pg_get_backend|pg_get_shmem|ts_stat|binary_upgrade|brin_|gin_clean)'
       loop execute format('revoke all on function %s from public', r.name); end loop;
     end $$`,
    'grant select on pg_catalog.pg_stat_user_tables to public',
    'grant execute on function pg_catalog.pg_stat_get_numscans(oid) to public',
    'revoke create on schema public from public',
  ]
}

/** What the replaced views and functions stand on; made before them. */
export const foundationStatements = (): readonly string[] => [
  'set allow_system_table_mods = on',
  // The real functions, under names that no gate lets through, because those below take their names.
  `create function pg_catalog.tulle_real_database() returns name language internal stable as 'current_database'`,
  `create function pg_catalog.tulle_setting(text, boolean) returns text language internal stable as 'show_config_by_name_missing_ok'`,
  `create function pg_catalog.tulle_asker() returns name language sql stable as $$ select coalesce(pg_catalog.tulle_setting('tulle.asker', true), 'nobody')::name $$`,
  `create function pg_catalog.tulle_owner() returns name language sql stable as $$ select pg_catalog.pg_get_userbyid(10) $$`,
  `create function pg_catalog.tulle_shown(setting text) returns text language sql stable as $$
     select case lower(setting) when 'server_version' then '${SERVER_VERSION}' when 'server_version_num' then '${VERSION_NUMBER}'
       else case when lower(setting) = any (array[${SHOWN.map((s) => quoteLiteral(s.toLowerCase())).join(', ')}]) then pg_catalog.tulle_setting(setting, true) end end $$`,
]

const zeros = (columns: string): string => columns.split(' ').map((column) => `0::bigint as ${column}`).join(', ')
const quoted = (name: string): string => (name.startsWith('"') ? name : `"${name}"`)
