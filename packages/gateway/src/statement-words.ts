// Words that mean the same to everybody: of SQL, of its types, of its functions. Any other word of a statement is its writer's own.

import { ALLOWED_FUNCTIONS, ALLOWED_TABLE_FUNCTIONS } from '@tulle/sql'

const WORDS = `
  all analyze and anti any array as asc asof at between both bottom by case cast collate columns cross cube current current_date current_time
  current_timestamp current_user cursor declare desc describe distinct else end escape except exclude excluding exists explain extract fetch
  filter first following for from full group grouping groups having if ignore ilike in inner intersect interval into is isnull join last lateral
  leading left like limit localtime localtimestamp map materialized name natural next no not notnull null nulls of offset on only or order
  ordinality others outer over overlay partition pivot pivot_wider placing position positional preceding prepare execute qualify range recursive
  rename repeatable replace respect right rollup row rows sample select semi session_user sets show similar some struct substring summarize
  symmetric table tablesample ties time to trailing trim try_cast unbounded union unpivot user using values version system_version system_time
  when where window with within without zone
  bernoulli percent reservoir system
  bigint binary bit bit varying blob bool boolean bpchar bytea char character cid date datetime dec decimal double enum float float4 float8 hugeint int
  int1 int2 int4 int8 integer json list logical long name numeric oid precision real regclass regtype short signed smallint string text timestamp
  timestamptz timetz tinyint ubigint uhugeint uint32 uinteger union usmallint utinyint uuid varbinary varchar varying
  century centuries day days decade decades dow doy epoch era hour hours isodow isoyear microsecond microseconds millennium millennia millisecond
  milliseconds minute minutes month months quarter quarters second seconds timezone timezone_hour timezone_minute week weeks year years
  copy stdout format csv header delimiter information_schema pg_catalog pg_class pg_namespace pg_attribute pg_type pg_proc pg_index pg_constraint
  pg_description pg_database pg_roles pg_settings pg_tables pg_views pg_attrdef pg_enum pg_range pg_am tables schemata views
`

const COMMON: ReadonlySet<string> = new Set([...WORDS.split(/\s+/u).filter((word) => word !== ''), ...ALLOWED_FUNCTIONS, ...ALLOWED_TABLE_FUNCTIONS])

export const isCommonWord = (word: string): boolean => COMMON.has(word)
