// The schemas of a topic's messages, from its contract. Columns of the key are required. Others may always be missing: a mask may
// hide any of them, and a column that comes or goes is then no break for readers. JSON is closed, so that new properties are none either.

import { exportContract } from '@tulle/contracts'
import type { Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { ContractColumn } from '@tulle/model'
import { keepFieldNumbers } from '@tulle/schema-registry'
import type { Draft } from '@tulle/schema-registry'
import type { MessageFormat, Topic } from './types.ts'

export interface DerivedSchemas { readonly key: Draft; readonly value: Draft }
type Obj = Readonly<Record<string, Json>>

export const keyColumns = (topic: Topic): readonly ContractColumn[] => topic.columns.filter(({ primaryKey }) => primaryKey !== undefined).toSorted((a, b) => (a.primaryKey ?? 0) - (b.primaryKey ?? 0))

/** `history`: texts of earlier schemas of each subject, oldest first; numbers of Protocol Buffers follow them. */
export function deriveSchemas(topic: Topic, format: MessageFormat, history: { readonly key: readonly string[]; readonly value: readonly string[] } = { key: [], value: [] }): Result<DerivedSchemas> {
  const value = derive(topic, format, { name: topic.dataSet, columns: topic.columns }, history.value)
  const key = derive(topic, format, { name: `${topic.dataSet}_key`, columns: keyColumns(topic) }, history.key)
  if (!value.ok) return value
  return key.ok ? ok({ key: key.value, value: value.value }) : key
}

interface Part { readonly name: string; readonly columns: readonly ContractColumn[] }

function derive(topic: Topic, format: MessageFormat, part: Part, history: readonly string[]): Result<Draft> {
  const written = exportContract(contractOf(topic, part), format === 'json' ? 'json-schema' : format)
  if (!written.ok) return written
  switch (format) {
    case 'avro': {
      const { odcs: _free, type, name, ...rest } = JSON.parse(written.value) as Obj
      return ok({ type: 'AVRO', text: JSON.stringify({ type, name, namespace: topic.product, ...rest }), references: [] })
    }
    case 'json': {
      const { $defs } = JSON.parse(written.value) as { $defs: Readonly<Record<string, Obj>> }
      // The draft that clients of registries know; nothing of a later one is used.
      return ok({ type: 'JSON', text: JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', title: part.name, ...$defs[part.name], additionalProperties: false }), references: [] })
    }
    case 'protobuf':
      return ok({ type: 'PROTOBUF', text: keepFieldNumbers(written.value.replace('syntax = "proto3";\n', `syntax = "proto3";\npackage ${topic.product};\n`), history), references: [] })
  }
}

/** A contract of this part alone, its columns as the contract writes them. */
function contractOf({ contract }: Topic, { name, columns }: Part): Json {
  const written = propertiesOf(contract.document)
  return {
    kind: 'DataContract', apiVersion: 'v3.1.0', id: contract.id, name, version: contract.version, status: 'active',
    schema: [{
      name,
      properties: columns.map((column): Json => {
        const { required: _required, primaryKey: _key, primaryKeyPosition: _position, ...property } = written.get(column.name) ?? {}
        return { ...plainType(column), ...property, name: column.name, ...(column.primaryKey !== undefined && { required: true }) }
      }),
    }],
  }
}

/** What a column is where the contract's text has another name for it. */
const plainType = ({ type }: ContractColumn): Obj => {
  const logical = { boolean: 'boolean', int: 'integer', long: 'integer', float: 'number', double: 'number', date: 'date', time: 'time', timestamp: 'timestamp' }[type]
  return type.startsWith('decimal') ? { logicalType: 'number', physicalType: type } : { logicalType: logical ?? 'string' }
}

function propertiesOf(document: Json): ReadonlyMap<string, Obj> {
  const objects = ((document as { schema?: readonly { properties?: readonly Obj[] }[] } | null)?.schema ?? [])
  return new Map(objects.flatMap(({ properties = [] }) => properties.flatMap((property): [string, Obj][] => [property['physicalName'], property['name']].flatMap((name): [string, Obj][] => (typeof name === 'string' ? [[name, property]] : [])))))
}
