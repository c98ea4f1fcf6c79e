// Contracts as dbt's YAML of models: columns, types, constraints, and tests for what is required, unique or a key.

import type { TypedProperty, YamlDocument } from '@tulle/model'
import { columnTypeOf } from '@tulle/model'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { isObj, nameOf, objsOf, propertiesOf, schemaOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import { messages } from '../messages.ts'
import { logicalOf } from './logical-types.ts'
import { newContract } from './new-contract.ts'
import type { DataFormat } from './types.ts'

export const dbt: DataFormat = { write, read, free: 'x-odcs', syntax: 'yaml' }

const described = (property: Obj): Obj => (textOf(property['description']) === undefined ? {} : { description: textOf(property['description']) as string })

function write(contract: Obj): Obj {
  return { version: 2, models: schemaOf(contract).map((object) => ({ name: nameOf(object), ...described(object), config: { contract: { enforced: true } }, columns: propertiesOf(object).map(columnOf) })) }
}

function columnOf(property: Obj): Obj {
  const constraints = [...(property['required'] === true ? [{ type: 'not_null' }] : []), ...(property['unique'] === true ? [{ type: 'unique' }] : []), ...(property['primaryKey'] === true ? [{ type: 'primary_key' }] : [])]
  const tests = [...(property['required'] === true ? ['not_null'] : []), ...(property['unique'] === true ? ['unique'] : [])]
  return { name: nameOf(property), data_type: textOf(property['physicalType']) ?? columnTypeOf(property as TypedProperty) ?? 'string', ...described(property), ...(constraints.length > 0 && { constraints }), ...(tests.length > 0 && { data_tests: tests }) }
}

function read({ value, place }: YamlDocument): Result<Obj> {
  if (!isObj(value) || !Array.isArray(value['models'])) return fail(messages['not-this-format']({ format: 'dbt YAML', why: 'it has no models' }, { place: place([]) }))
  return ok(newContract({ id: 'imported', objects: objsOf(value['models']).map((model) => ({ name: nameOf(model), ...described(model), properties: objsOf(model['columns']).map(propertyOf) })) }))
}

function propertyOf(column: Obj): Obj {
  const tests: readonly Json[] = [column['data_tests'] ?? null, column['tests'] ?? null].flatMap((list) => (Array.isArray(list) ? (list as readonly Json[]) : []))
  const types = objsOf(column['constraints']).map(({ type }) => type)
  const has = (test: string, constraint: string): boolean => tests.includes(test) || types.includes(constraint)
  const type = textOf(column['data_type'])
  return {
    name: nameOf(column), ...(type !== undefined && { physicalType: type }), logicalType: logicalOf(columnTypeOf({ physicalType: type }) ?? 'string'), ...described(column),
    ...(has('not_null', 'not_null') && { required: true }), ...(has('unique', 'unique') && { unique: true }), ...(types.includes('primary_key') && { primaryKey: true }),
  }
}
