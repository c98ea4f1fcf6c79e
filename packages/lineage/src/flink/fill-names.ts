// Values for the names of secrets that stand in options of tables, written so that no value ends what it stands in. Only where an option
// is made to hold one: whoever writes models, topics or addresses of brokers reaches no secret by its name. Pure.

import type { FlinkCreate } from './flink-statements.ts'
import { printTable } from './flink-statements.ts'

const HOLDS_ONE = /^(?:properties\.sasl\.jaas\.config|(?:key|value)\.avro-confluent\.(?:url|basic-auth\.user-info))$/u
const NAME = /(?<before>"?)\$\{(?<name>TULLE_[A-Z0-9_]+)\}/gu

/** The names that stand in the tables, each once. */
export const namesIn = (tables: readonly FlinkCreate[]): readonly string[] =>
  [...new Set(tables.flatMap(({ options }) => Object.entries(options).flatMap(([option, value]) => (HOLDS_ONE.test(option) ? [...value.matchAll(NAME)].map(({ groups }) => groups?.['name'] ?? '') : []))))].toSorted()

/** The statement with values in the places of names. INVARIANT: each name has a value. */
export const filledTable = (table: FlinkCreate, values: ReadonlyMap<string, string>): string =>
  printTable(table, (option, value) => (HOLDS_ONE.test(option) ? value.replaceAll(NAME, (_, before: string, name: string) => `${before}${before === '' ? values.get(name) : withinQuotes(values.get(name) ?? '')}`) : value))

/** Of a configuration of JAAS. */
const withinQuotes = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
