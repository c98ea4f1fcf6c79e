// Values as PostgreSQL writes them, to JSON of the same value: nothing is rounded, and what JSON has no word for is text.


/** A type of PostgreSQL as far as its rows are read. `element` of an array. */
export interface PostgresType { readonly iceberg: string; readonly toJson: (text: string) => string }

const quoted = (text: string): string => JSON.stringify(text)
const TEXT: PostgresType = { iceberg: 'string', toJson: quoted }
const number = (iceberg: string): PostgresType => ({ iceberg, toJson: (text) => (/^-?\d+$/u.test(text) ? text : quoted(text)) })
const FLOATS: Readonly<Record<string, string>> = { Infinity: 'inf', '-Infinity': '-inf', NaN: 'nan' }
const float = (iceberg: string): PostgresType => ({ iceberg, toJson: (text) => (FLOATS[text] === undefined ? text : quoted(FLOATS[text])) })
/** As hexadecimal digits; JSON has no bytes. */
const BYTES: PostgresType = { iceberg: 'binary', toJson: (text) => quoted(text.replace(/^\\x/u, '')) }

/** By OID, as they are the same in every PostgreSQL. */
const SCALARS: Readonly<Record<number, PostgresType>> = {
  16: { iceberg: 'boolean', toJson: (text) => (text === 't' ? 'true' : 'false') },
  17: BYTES,
  21: number('int'), 23: number('int'), 20: number('long'), 26: number('long'),
  700: float('float'), 701: float('double'),
  1082: { iceberg: 'date', toJson: quoted }, 1083: { iceberg: 'time', toJson: quoted },
  1114: { iceberg: 'timestamp', toJson: quoted }, 1184: { iceberg: 'timestamptz', toJson: quoted },
  2950: { iceberg: 'uuid', toJson: quoted },
}

const ARRAYS: Readonly<Record<number, number>> = {
  1000: 16, 1001: 17, 1005: 21, 1007: 23, 1016: 20, 1028: 26, 1021: 700, 1022: 701, 1182: 1082, 1183: 1083, 1115: 1114, 1185: 1184, 2951: 2950,
  1231: 1700, 1009: 25, 1015: 1043, 1014: 1042, 1002: 18, 1003: 19, 199: 114, 3807: 3802, 1041: 869, 651: 650, 1187: 1186, 143: 142,
}
const NUMERIC = 1700

/** `elements` finds the element of arrays of types that a database made itself. */
export function postgresTypeOf(oid: number, modifier: number, elements: ReadonlyMap<number, number>): PostgresType {
  if (oid === NUMERIC) return numericType(modifier)
  const known = SCALARS[oid]
  if (known !== undefined) return known
  const element = ARRAYS[oid] ?? elements.get(oid)
  if (element === undefined) return TEXT
  const inner = postgresTypeOf(element, modifier, elements)
  return { iceberg: `list<${inner.iceberg}>`, toJson: (text) => arrayToJson(text, inner) }
}

/** Without a precision, or with one that no Iceberg type has, its text is all that keeps it as it is. */
function numericType(modifier: number): PostgresType {
  if (modifier < 4) return TEXT
  const precision = ((modifier - 4) >> 16) & 0xffff
  // The scale has 11 bits and a sign.
  const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024
  return precision <= 38 && scale >= 0 && scale <= precision ? { iceberg: `decimal(${precision}, ${scale})`, toJson: quoted } : TEXT
}

/** `{1,NULL,"a\"b",{2}}`, with bounds before it where they are not from 1. */
export function arrayToJson(text: string, element: PostgresType): string {
  let at = text.startsWith('[') ? text.indexOf('=') + 1 : 0
  const list = (): string => {
    at += 1
    const parts: string[] = []
    while (text[at] !== '}') {
      if (text[at] === ',') at += 1
      if (text[at] === '{') parts.push(list())
      else if (text[at] === '"') parts.push(element.toJson(quotedItem()))
      else {
        const end = /[,}]/gu
        end.lastIndex = at
        const stop = end.exec(text)?.index ?? text.length
        const item = text.slice(at, stop)
        at = stop
        parts.push(item.toUpperCase() === 'NULL' ? 'null' : element.toJson(item))
      }
      if (at >= text.length) break
    }
    at += 1
    return `[${parts.join(',')}]`
  }
  const quotedItem = (): string => {
    let item = ''
    for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
      if (text[at] === '\\') at += 1
      item += text[at] ?? ''
    }
    at += 1
    return item
  }
  return list()
}

/** One row as a line of JSON. */
export function rowToLine(names: readonly string[], types: readonly PostgresType[], values: readonly (string | null)[]): string {
  const members = values.map((value, i) => `${names[i] as string}:${value === null ? 'null' : (types[i] as PostgresType).toJson(value)}`)
  return `{${members.join(',')}}`
}

