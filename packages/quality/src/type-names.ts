// Names of types by which others call what the engine has.

const NAMES: Readonly<Record<string, readonly string[]>> = {
  VARCHAR: ['string', 'text', 'character varying', 'char', 'character', 'nvarchar', 'str', 'object'],
  BIGINT: ['long', 'int8', 'int64', 'integer', 'int', 'bigint', 'number'],
  INTEGER: ['int', 'integer', 'int4', 'int32', 'number'],
  DOUBLE: ['double precision', 'float8', 'float64', 'float', 'number'],
  FLOAT: ['float4', 'float32', 'real', 'float', 'number'],
  DECIMAL: ['numeric', 'number'],
  BOOLEAN: ['bool'],
  TIMESTAMP: ['timestamp without time zone', 'datetime', 'datetime64'],
  'TIMESTAMP WITH TIME ZONE': ['timestamptz', 'timestamp_tz'],
  BLOB: ['binary', 'bytea', 'varbinary'],
}

/** The engine's names of what somebody calls `name`. */
export function typesCalled(name: string): readonly string[] {
  const lower = name.toLowerCase().replace(/\(.*\)$/u, '').trim()
  return Object.entries(NAMES).filter(([, names]) => names.includes(lower)).map(([type]) => type)
}
