import type { TestPostgres } from '@tulle/store/testing'
import type { SqlPort } from '../pg-wire/sql-port.ts'
import type { GatewayRig, TestTable } from '../testing.ts'
import type { RunningIntrospection } from './introspection.ts'
import { sha256, systemClock } from '@tulle/kernel'
import { testPostgres } from '@tulle/store/testing'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqlPort } from '../pg-wire/sql-port.ts'
import { column, gatewayRig, PASSWORD, TABLES, valueOf } from '../testing.ts'
import { createIntrospection } from './introspection.ts'

const key = { required: true, primaryKey: true }
const required = { required: true }
const CHINOOK: readonly TestTable[] = [
  {
    product: 'chinook',
    dataSet: { name: 'album', description: 'Albums', columns: [column('album_id', 'int', 1, key), column('title', 'string', 2, required), column('artist_id', 'int', 3, required)] },
    query: `select i::int as album_id, 'title ' || i as title, (i % 3)::int as artist_id from range(1, 11) t(i)`,
  },
  {
    product: 'chinook',
    dataSet: { name: 'artist', columns: [column('artist_id', 'int', 1, key), column('name', 'string', 2)] },
    query: `select i::int as artist_id, 'artist ' || i as name from range(0, 5) t(i)`,
  },
  {
    product: 'chinook',
    dataSet: { name: 'invoice', columns: [column('invoice_id', 'int', 1, key), column('customer_id', 'int', 2), column('invoice_date', 'timestamp', 3), column('total', 'decimal(10, 2)', 4, required)] },
    query: `select i::int as invoice_id, (i % 4)::int as customer_id, timestamp '2024-01-01' + to_days(i::int) as invoice_date, (i * 1.5)::decimal(10, 2) as total from range(1, 11) t(i)`,
  },
  {
    product: 'chinook',
    dataSet: {
      name: 'track',
      columns: [column('track_id', 'int', 1, key), column('name', 'string', 2, required), column('album_id', 'int', 3), column('milliseconds', 'int', 4, required), column('unit_price', 'decimal(10, 2)', 5, required), column('created', 'timestamp', 6)],
    },
    query: `select i::int as track_id, chr((65 + i % 5)::int) || ' track' as name, (i % 10 + 1)::int as album_id, (i * 1000)::int as milliseconds, (i * 0.25)::decimal(10, 2) as unit_price,
      timestamp '2024-01-01' + to_hours(i::int) as created from range(1, 51) t(i)`,
  },
]

let rig: GatewayRig
let cluster: TestPostgres
let introspection: RunningIntrospection
let port: SqlPort

beforeAll(async () => {
  ;[rig, cluster] = await Promise.all([gatewayRig({ tables: [...CHINOOK, ...TABLES] }), testPostgres()])
  rig.grant('ana', 'chinook')
  rig.grant('bo', 'flights')
  rig.grant('cy', 'passengers', { columns: ['id', 'name'] })
  introspection = createIntrospection({ authorizer: rig.authorizer, audit: rig.audit, clock: systemClock, folder: '/nowhere', external: cluster.postgres.connection, database: 'tulle', onBug: (error) => console.error(error) })
  port = valueOf(await openSqlPort({ host: '127.0.0.1', port: 0, database: 'tulle', accounts: rig.accounts, rights: rig.rights, governor: rig.governor, introspection, audit: rig.audit, onBug: (error) => console.error(error) }))
})
afterAll(async () => {
  await port?.close()
  await introspection?.close()
  await rig?.close()
  await cluster?.close()
})

const withClient = async <T>(user: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ host: '127.0.0.1', port: port.port, user, password: PASSWORD, database: 'tulle' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
const outcome = (user: string, text: string, values?: unknown[]): Promise<unknown> =>
  withClient(user, async (client) => {
    try {
      return (await client.query({ text, ...(values !== undefined && { values }), rowMode: 'array' })).rows
    } catch (error) {
      return `${(error as pg.DatabaseError).code} ${(error as Error).message}`
    }
  })

describe('what an asker sees in the catalogue', () => {
  it('is the tables and columns that are granted, and nobody else’s', async () => {
    expect(await outcome('bo', `select table_schema, table_name from information_schema.tables where table_catalog = current_database() and table_schema not in ('pg_catalog', 'information_schema')`)).toEqual([['flights', 'flights']])
    await withClient('cy', async (client) => {
      await client.query(`set tulle.purpose = 'analysis'`)
      expect((await client.query(`select attname from pg_attribute where attrelid = 'passengers.passengers'::regclass and attnum > 0 order by attnum`)).rows).toEqual([{ attname: 'id' }, { attname: 'name' }])
    })
    expect(await outcome('bo', `select 'passengers.passengers'::regclass`)).toBe('42P01 relation "passengers.passengers" does not exist')
  })
  it('follows a grant and its end at once', async () => {
    const tables = `select relname from pg_class where relkind = 'r' and relnamespace = to_regnamespace('passengers')`
    await withClient('bo', async (client) => {
      expect((await client.query(tables)).rows).toEqual([])
      rig.grant('bo', 'passengers')
      expect((await client.query(tables)).rows).toEqual([{ relname: 'passengers' }])
      rig.revoke('bo', 'passengers')
      expect((await client.query(tables)).rows).toEqual([])
    })
  })
  it('speaks of one database and one user', async () => {
    expect(await outcome('bo', 'select datname from pg_database')).toEqual([['tulle']])
    expect(await outcome('bo', `select rolname from pg_roles where rolname !~ '^pg_' order by 1`)).toEqual([['bo'], ['tulle']])
    expect(await outcome('bo', 'select current_user, session_user, user, current_database(), current_catalog, version()')).toEqual([['bo', 'bo', 'bo', 'tulle', 'tulle', 'PostgreSQL 15.18 (Tulle)']])
    expect(await outcome('bo', `select current_setting('server_version_num'), current_setting('data_directory', true)`)).toEqual([['150018', null]])
  })
  it('answers from every table that the gate lets through', async () => {
    const { CATALOGUE_RELATIONS, INFORMATION_RELATIONS } = await import('./allowlist.ts')
    const failures: unknown[] = []
    await withClient('ana', async (client) => {
      for (const name of [...CATALOGUE_RELATIONS, ...[...INFORMATION_RELATIONS].map((relation) => `information_schema.${relation}`)]) {
        await client.query(`select * from ${name} limit 3`).catch((error: Error) => failures.push(`${name}: ${error.message}`))
      }
    })
    expect(failures).toEqual([])
  })
  it('holds no row', async () => {
    expect(await outcome('ana', `select (select reltuples from pg_class where relname = 'album') <= 0`)).toEqual([[true]])
  })
  it('takes parameters in text and answers in the types of PostgreSQL', async () => {
    expect(await outcome('ana', 'select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) from pg_class c join pg_attribute a on a.attrelid = c.oid where c.relname = $1 and a.attnum = any($2)', ['invoice', '{1,4}'])).toEqual([
      ['invoice', 'invoice_id', 'integer'], ['invoice', 'total', 'numeric(10,2)'],
    ])
  })
})

describe('a hostile catalogue query has no effect', () => {
  it.each([
    [`select pg_read_file('/etc/passwd')`, '42501 permission denied for function pg_read_file'],
    [`select pg_catalog.pg_read_binary_file('/etc/passwd'), relname from pg_class`, '42501 permission denied for function pg_read_binary_file'],
    [`select pg_sleep(10)`, '42501 permission denied for function pg_sleep'],
    [`select lo_import('/etc/passwd'), 1 from pg_class`, '42501 permission denied for function lo_import'],
    [`select pg_ls_dir('/') from pg_class`, '42501 permission denied for function pg_ls_dir'],
    [`select * from pg_stat_activity`, '42501 permission denied for table pg_stat_activity'],
    [`select * from pg_authid`, '42501 permission denied for table pg_authid'],
    [`select * from pg_catalog.pg_shadow`, '42501 permission denied for table pg_shadow'],
    [`select * from pg_database_of_cluster`, '42501 permission denied for table pg_database_of_cluster'],
    [`select * from pg_hba_file_rules`, '42501 permission denied for table pg_hba_file_rules'],
    [`select tulle_setting('tulle.asker', true) from pg_class`, '42501 permission denied for function tulle_setting'],
    [`select query_to_xml('select 1', true, true, '') from pg_class`, '42501 permission denied for function query_to_xml'],
    [`select pg_terminate_backend(1)`, '42501 permission denied for function pg_terminate_backend'],
    [`select pg_notify('x', 'y')`, '42501 permission denied for function pg_notify'],
    [`select * into x from pg_class`, '42501 permission denied for writing'],
    [`select * from pg_class for update`, '42501 permission denied for writing'],
    [`with pg_class as (select 1) select * from pg_class, pg_type`, '42501 permission denied for CTE pg_class'],
    [`select * from other.pg_catalog.pg_class`, '42501 permission denied for table pg_class'],
    [`select c.relname, f.id from pg_class c, flights.flights f`, '0A000 A statement reads either the catalogue or data, not both.'],
    [`select repeat('x', 100000000) from pg_class`, '42501 permission denied for function repeat'],
    [`select count(*) from generate_series(1, 100000000000) from_pg, pg_class`, '57014 canceling statement due to statement timeout'],
    [`select set_config('statement_timeout', '0', false)`, [['0']]],
    [`select current_setting('statement_timeout')`, [['2s']]],
    [`select "current_user"(), pg_catalog."user"()`, [['bo', 'bo']]],
    [`select dblink('x', 'y') from pg_class`, '42501 permission denied for function dblink'],
    [`select xmlparse(document 'x') from pg_class`, '42501 permission denied for this use of XmlExpr'],
    [`select pg_typeof(${'not '.repeat(5000)}true)`, '54001 The statement has too many nested expressions; at most 100 are allowed.'],
    [`create table pg_temp.x (a int)`, '25006 cannot execute CREATE in a read-only transaction'],
    [`set role tulle`, '0A000 SET ROLE is not offered on this port.'],
    [`set session authorization tulle`, '0A000 SET ROLE is not offered on this port.'],
    [`do $$ begin perform pg_sleep(1); end $$`, '0A000 DO is not offered on this port.'],
    [`select 1 from pg_class; drop table flights.flights`, '25006 cannot execute DROP in a read-only transaction'],
  ])('%s', async (text, expected) => {
    expect(await outcome('bo', text)).toEqual(expected)
  })
  it('a role that passes the gate still finds a wall', async () => {
    // The second wall by itself: the reader's own connection, without the gate.
    const { openBackend } = await import('./backend.ts')
    const names = await withClient('bo', async (client) => (await client.query(`select oid from pg_database`)).rows)
    expect(names).toHaveLength(1)
    const superuser = valueOf(await openBackend({ connection: { ...cluster.postgres.connection, database: 'postgres' }, settings: {}, timeoutMilliseconds: 5000 }))
    const own = valueOf(await superuser.run(`select min(datname)::text from pg_database where datname like 'p\\_%'`, [], { values: [], formats: [], resultFormats: [] })).rows[0]?.subarray(11).toString() ?? ''
    valueOf(await superuser.command(`alter role tulle_reader password 'for this test'`))
    superuser.close()
    const reader = valueOf(await openBackend({ connection: { ...cluster.postgres.connection, user: 'tulle_reader', password: 'for this test', database: own }, settings: {}, timeoutMilliseconds: 5000 }))
    for (const text of [`select pg_read_file('/etc/passwd')`, `select pg_sleep(1)`, `select lo_import('/etc/passwd')`, `select * from pg_stat_activity`, `select * from pg_authid`, `create table x (a int)`, `create temp table x (a int)`, `copy pg_class to program 'id'`, `create schema x`, `alter role tulle_reader superuser`]) {
      const done = await reader.command(text)
      expect([text, done.ok ? 'done' : done.diagnostics[0]?.code]).toEqual([text, 'postgres:42501'])
    }
    const elsewhere = await openBackend({ connection: { ...cluster.postgres.connection, user: 'tulle_reader', password: 'for this test', database: 'postgres' }, settings: {}, timeoutMilliseconds: 5000 })
    expect(elsewhere.ok).toBe(false)
    reader.close()
  })
})

const DBEAVER_TABLES = `SELECT c.oid,c.*,d.description,pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_expr, pg_catalog.pg_get_partkeydef(c.oid) as partition_key
  FROM pg_catalog.pg_class c LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid=c.oid AND d.objsubid=0 AND d.classoid='pg_class'::regclass WHERE c.relnamespace='chinook'::regnamespace AND c.relkind not in ('i','I','c')`
const DBEAVER_COLUMNS = `SELECT c.relname,a.*,pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) as def_value,dsc.description,dep.objid FROM pg_catalog.pg_attribute a
  INNER JOIN pg_catalog.pg_class c ON (a.attrelid=c.oid) LEFT OUTER JOIN pg_catalog.pg_attrdef ad ON (a.attrelid=ad.adrelid AND a.attnum = ad.adnum) LEFT OUTER JOIN pg_catalog.pg_description dsc ON (c.oid=dsc.objoid AND a.attnum = dsc.objsubid)
  LEFT OUTER JOIN pg_depend dep on dep.refobjid = a.attrelid AND dep.deptype = 'i' and dep.refobjsubid = a.attnum and dep.classid = dep.refclassid
  WHERE NOT a.attisdropped AND c.relkind not in ('i','I','c') AND c.oid='chinook.album'::regclass AND a.attnum > 0 ORDER BY a.attnum`
const DBEAVER_INDEXES = `SELECT i.*,i.indkey as keys,c.relname,c.relnamespace,c.relam,c.reltablespace,tc.relname as tabrelname,dsc.description,pg_catalog.pg_get_expr(i.indpred, i.indrelid) as pred_expr,
  pg_catalog.pg_get_expr(i.indexprs, i.indrelid, true) as expr,pg_catalog.pg_relation_size(i.indexrelid) as index_rel_size,pg_catalog.pg_stat_get_numscans(i.indexrelid) as index_num_scans FROM pg_catalog.pg_index i
  INNER JOIN pg_catalog.pg_class c ON c.oid=i.indexrelid INNER JOIN pg_catalog.pg_class tc ON tc.oid=i.indrelid LEFT OUTER JOIN pg_catalog.pg_description dsc ON i.indexrelid=dsc.objoid WHERE i.indrelid='chinook.album'::regclass ORDER BY tabrelname, c.relname`
const DBEAVER_TYPES = `SELECT t.oid,t.*,c.relkind,format_type(nullif(t.typbasetype, 0), t.typtypmod) as base_type_name, d.description FROM pg_catalog.pg_type t LEFT OUTER JOIN pg_catalog.pg_type et ON et.oid=t.typelem
  LEFT OUTER JOIN pg_catalog.pg_class c ON c.oid=t.typrelid LEFT OUTER JOIN pg_catalog.pg_description d ON t.oid=d.objoid WHERE t.typname IS NOT NULL AND (c.relkind IS NULL OR c.relkind = 'c') AND (et.typcategory IS NULL OR et.typcategory <> 'C')`
const METABASE_TABLES = `SELECT n.nspname AS schema, c.relname AS name, CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'PARTITIONED TABLE' WHEN 'v' THEN 'VIEW' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE NULL END AS type,
  d.description AS description, NULLIF(stat.n_live_tup, 0) AS estimated_row_count FROM pg_catalog.pg_class AS c INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
  LEFT JOIN pg_catalog.pg_description AS d ON c.oid = d.objoid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass LEFT JOIN pg_stat_user_tables AS stat ON n.nspname = stat.schemaname AND c.relname = stat.relname
  WHERE c.relnamespace = n.oid AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind in ('r', 'p', 'v', 'f', 'm') AND n.nspname IN ('chinook', 'flights') ORDER BY type ASC, schema ASC, name ASC`
const METABASE_FIELDS = `SELECT c.column_name AS name, c.udt_name AS "database-type", c.ordinal_position - 1 AS "database-position", c.table_schema AS "table-schema", c.table_name AS "table-name", pk.column_name IS NOT NULL AS "pk?",
  COL_DESCRIPTION(CAST(CAST(FORMAT('%I.%I', CAST(c.table_schema AS TEXT), CAST(c.table_name AS TEXT)) AS REGCLASS) AS OID), c.ordinal_position) AS "field-comment", c.is_nullable = 'YES' AS "database-is-nullable"
  FROM information_schema.columns AS c LEFT JOIN (SELECT tc.table_schema, tc.table_name, kc.column_name FROM information_schema.table_constraints AS tc INNER JOIN information_schema.key_column_usage AS kc ON tc.constraint_name = kc.constraint_name AND tc.table_schema = kc.table_schema AND tc.table_name = kc.table_name WHERE tc.constraint_type = 'PRIMARY KEY') AS pk
  ON c.table_schema = pk.table_schema AND c.table_name = pk.table_name AND c.column_name = pk.column_name WHERE c.table_schema !~ '^information_schema|catalog_history|pg_' AND c.table_schema IN ('chinook') AND c.table_name = 'album' ORDER BY "table-schema", "table-name", "database-position"`
const METABASE_PRIVILEGES = `with table_privileges as (select NULL as role, t.schemaname as schema, t.objectname as table,
  pg_catalog.has_any_column_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"' || '.' || '"' || replace(t.objectname, '"', '""') || '"', 'update') as update,
  pg_catalog.has_any_column_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"' || '.' || '"' || replace(t.objectname, '"', '""') || '"', 'select') as select
  from (select schemaname, tablename as objectname from pg_catalog.pg_tables union select schemaname, viewname as objectname from pg_catalog.pg_views union select schemaname, matviewname as objectname from pg_catalog.pg_matviews) t
  where t.schemaname !~ '^pg_' and t.schemaname <> 'information_schema' and pg_catalog.has_schema_privilege(current_user, t.schemaname, 'usage')) select t.* from table_privileges t where t.select order by 2, 3`
const SUPERSET_VIEWS = `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'chinook' AND c.relkind IN ('v', 'm')`

describe('questions of tools', () => {
  const names = (rows: unknown, column: number): unknown => (rows as readonly (readonly unknown[])[]).map((row) => row[column])
  it('DBeaver finds tables, columns, keys and types', async () => {
    expect(names(await outcome('ana', `${DBEAVER_TABLES} order by c.relname`), 2)).toEqual(['album', 'artist', 'invoice', 'track'])
    expect(names(await outcome('ana', DBEAVER_COLUMNS), 2)).toEqual(['album_id', 'title', 'artist_id'])
    expect((await outcome('ana', DBEAVER_INDEXES)) as unknown[]).toHaveLength(1)
    expect(((await outcome('ana', DBEAVER_TYPES)) as unknown[]).length).toBeGreaterThan(80)
    expect(await outcome('ana', `SELECT db.oid,db.* FROM pg_catalog.pg_database db WHERE datname='tulle'`)).toHaveLength(1)
    expect(await outcome('ana', `select string_agg(word, ',') from pg_catalog.pg_get_keywords() where word <> ALL ('{a,abs,absolute,action}'::text[])`)).toHaveLength(1)
    expect(await outcome('ana', `select c.oid,pg_catalog.pg_total_relation_size(c.oid) as total_rel_size,pg_catalog.pg_relation_size(c.oid) as rel_size FROM pg_class c WHERE c.relnamespace='chinook'::regnamespace and c.relkind = 'r'`)).toHaveLength(4)
  })
  it('Metabase finds tables, fields and privileges', async () => {
    expect(names(await outcome('ana', METABASE_TABLES), 1)).toEqual(['album', 'artist', 'invoice', 'track'])
    // Keys are in information_schema for those alone who may do more than read, in every PostgreSQL.
    expect(await outcome('ana', METABASE_FIELDS)).toEqual([
      ['album_id', 'int4', 0, 'chinook', 'album', false, null, false], ['title', 'text', 1, 'chinook', 'album', false, null, false], ['artist_id', 'int4', 2, 'chinook', 'album', false, null, false],
    ])
    expect(await outcome('bo', METABASE_PRIVILEGES)).toEqual([[null, 'flights', 'flights', false, true]])
  })
  it('Superset finds schemas and no views', async () => {
    expect(await outcome('ana', `SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' ORDER BY nspname`)).toEqual([['chinook'], ['information_schema'], ['public']])
    expect(await outcome('ana', SUPERSET_VIEWS)).toEqual([])
  })
  it('nobody makes a long text by a width', async () => {
    expect(await outcome('ana', `select format('%900000000s', relname) from pg_class`)).toBe('42501 permission denied for function format')
    expect(await outcome('ana', `select format(relname, 1) from pg_class`)).toBe('42501 permission denied for function format')
  })
})

interface Captured { readonly sql: string; readonly protocol: string; readonly params: string | null; readonly senders: readonly string[] }
interface Expected { readonly statement: string; readonly sender: string; readonly fields: readonly (readonly string[])[]; readonly rows: number; readonly digest: string }

/** Whose rows differ from PostgreSQL 15's, and why. Their columns and types do not. */
const OTHER_ROWS: Readonly<Record<string, string>> = {
  'psql15:\\d+': 'tables are empty here, so their sizes differ', 'psql15:\\dt+': 'tables are empty here, so their sizes differ',
  'psql15:\\dn+': 'the reader’s own role stands in access lists', 'psql15:\\dp': 'the reader’s own role stands in access lists',
  'pgjdbc:getTablePrivileges': 'the reader’s own role stands in access lists', 'pgjdbc:getColumnPrivileges': 'the reader’s own role stands in access lists',
  'psql15:\\l': 'one database is shown, not the cluster’s', 'pgjdbc:getCatalogs': 'one database is shown, not the cluster’s',
  'psql15:\\drds': 'no role has settings of its own',
  'psql15:\\dt *.*': 'the catalogue is that of PostgreSQL 18', 'psql15:\\d pg_class': 'the catalogue is that of PostgreSQL 18', 'psql15:\\dC': 'the catalogue is that of PostgreSQL 18',
  'pgjdbc:getTablesAll': 'the catalogue is that of PostgreSQL 18', 'pgjdbc:getTypeInfo': 'the catalogue is that of PostgreSQL 18',
}

const captured = ((): readonly Captured[] => {
  try {
    return JSON.parse(readFileSync(new URL('../../../../../shared/corpora/pg-clients/captured-queries.json', import.meta.url), 'utf8')) as readonly Captured[]
  } catch {
    console.warn('The corpus pg-clients is not here: its tests are skipped')
    return []
  }
})()
const expected = JSON.parse(readFileSync(new URL('postgres15.expected.json', import.meta.url), 'utf8')) as readonly Expected[]

describe.skipIf(captured.length === 0)('statements that clients were seen to send', () => {
  it('are answered as PostgreSQL 15 does: all 94 in columns and types, all but the named ones in rows', async () => {
    const failures: string[] = []
    const differing = new Set<string>()
    await withClient('ana', async (client) => {
      const oidOf = async (table: string): Promise<string> => String((await client.query(`select c.oid from pg_catalog.pg_class c where relname = '${table}'`)).rows[0]?.oid)
      const [album, track] = [await oidOf('album'), await oidOf('track')]
      for (const { sql, protocol, params, senders } of captured) {
        const wanted = expected.find(({ statement }) => statement === sha256(sql).slice(0, 16))
        const text = sql.replaceAll(`'16385'`, `'${album}'`).replaceAll(`'16435'`, `'${track}'`)
        const values = [...(params ?? '').matchAll(/\$\d+ = '((?:[^']|'')*)'/g)].map((m) => (m[1] === 'public' ? 'chinook' : m[1]))
        if (sql !== 'BEGIN') await client.query('rollback')
        try {
          const answer = await client.query({ text, ...(protocol === 'extended' && { values }), rowMode: 'array', types: { getTypeParser: () => (value: unknown) => value } } as pg.QueryArrayConfig)
          const results = [answer as unknown as pg.QueryArrayResult | pg.QueryArrayResult[]].flat()
          const fields = results.map((r) => r.fields.map((f) => `${f.name}:${f.dataTypeID}`))
          const digest = sha256(JSON.stringify(results.map((r) => r.rows)).replaceAll(/"(?:1[6-9]|2\d)\d{3}"/g, '"OID"')).slice(0, 16)
          if (JSON.stringify(fields) !== JSON.stringify(wanted?.fields)) failures.push(`${senders[0]}: columns ${JSON.stringify(fields)}`)
          else if (digest !== wanted?.digest) {
            differing.add(senders[0] ?? '')
            if (OTHER_ROWS[senders[0] ?? ''] === undefined) failures.push(`${senders[0]}: other rows, for no known reason`)
          }
        } catch (error) {
          failures.push(`${senders[0]}: ${(error as Error).message}`)
        }
      }
      await client.query('rollback')
    })
    expect(captured).toHaveLength(94)
    expect(failures).toEqual([])
    // A difference that is gone shall not stay named.
    expect(Object.keys(OTHER_ROWS).filter((sender) => !differing.has(sender))).toEqual([])
  })
})

const psql = await promisify(execFile)('psql', ['--version']).then(() => true, () => false)
if (!psql) console.warn('psql is not installed: its tests are skipped')

describe.skipIf(!psql)('psql', () => {
  const run = async (user: string, command: string): Promise<string[]> => {
    const env = { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(port.port), PGUSER: user, PGPASSWORD: PASSWORD, PGDATABASE: 'tulle' }
    const { stdout, stderr } = await promisify(execFile)('psql', ['-X', '-A', '-t', '-c', command], { env }).catch((error: { stdout: string; stderr: string }) => error)
    return (stdout + stderr).trim().split('\n')
  }
  it.each([
    ['bo', '\\dt', ['flights|flights|table|tulle']],
    ['bo', '\\dn', ['flights|tulle', 'public|pg_database_owner']],
    ['bo', '\\l', ['tulle|tulle|UTF8|C|C||libc|']],
    ['bo', '\\du', ['bo||{}', 'tulle|Superuser, Create role, Create DB, Replication, Bypass RLS|{}']],
    ['bo', '\\d flights.flights', ['id|bigint||not null|', 'origin|text|||', 'delay|integer|||', 'date|timestamp without time zone|||']],
    ['bo', '\\d passengers.passengers', ['Did not find any relation named "passengers.passengers".']],
  ])('%s sees by %s', async (user, command, lines) => {
    expect((await run(user, command)).map((line) => line.trim())).toEqual(lines)
  })
})
