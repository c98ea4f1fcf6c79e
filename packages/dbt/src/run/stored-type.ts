// The engine's types to those that tables keep, and the cast where one has no counterpart.

const PLAIN: Readonly<Record<string, readonly [type: string, cast?: string]>> = {
  BOOLEAN: ['boolean'], TINYINT: ['int', 'INTEGER'], SMALLINT: ['int', 'INTEGER'], INTEGER: ['int'], UTINYINT: ['int', 'INTEGER'], USMALLINT: ['int', 'INTEGER'],
  BIGINT: ['long'], UINTEGER: ['long', 'BIGINT'], HUGEINT: ['decimal(38, 0)', 'DECIMAL(38,0)'], UHUGEINT: ['decimal(38, 0)', 'DECIMAL(38,0)'], UBIGINT: ['decimal(20, 0)', 'DECIMAL(20,0)'],
  FLOAT: ['float'], DOUBLE: ['double'], VARCHAR: ['string'], JSON: ['string', 'VARCHAR'], BLOB: ['binary'], DATE: ['date'], TIME: ['time'], TIMESTAMP: ['timestamp'],
  TIMESTAMP_S: ['timestamp', 'TIMESTAMP'], TIMESTAMP_MS: ['timestamp', 'TIMESTAMP'], TIMESTAMP_NS: ['timestamp', 'TIMESTAMP'], 'TIMESTAMP WITH TIME ZONE': ['timestamptz'], UUID: ['uuid'], '"NULL"': ['int', 'INTEGER'],
}

export function storedType(type: string): { readonly type: string; readonly cast?: string } {
  const plain = Object.hasOwn(PLAIN, type) ? PLAIN[type] : undefined
  if (plain !== undefined) return { type: plain[0], ...(plain[1] !== undefined && { cast: plain[1] }) }
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/u.exec(type)
  if (decimal !== null) return { type: `decimal(${decimal[1]}, ${decimal[2]})` }
  if (type.endsWith('[]')) {
    const inner = storedType(type.slice(0, -2))
    return { type: `list<${inner.type}>`, ...(inner.cast !== undefined && { cast: `${inner.cast}[]` }) }
  }
  // Structs, maps, intervals and the rest are kept as they print.
  return { type: 'string', cast: 'VARCHAR' }
}
