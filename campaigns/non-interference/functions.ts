// Every signature of every function that the gate allows, as the engine itself lists them.

import { ALLOWED_FUNCTIONS } from '@tulle/sql'
import { duckdbParser } from '@tulle/sql/testing'

export interface Signature {
  readonly name: string
  readonly kind: 'scalar' | 'aggregate'
  /** The engine's words for types; of a macro's parameters nothing is known. */
  readonly parameters: readonly string[]
  readonly varargs: string
  readonly returns: string
}

/** What they answer depends on the moment, on chance or on the process. */
const UNSTEADY = /^(?:random|uuid|uuidv4|uuidv7|gen_random_uuid|now|today|ago|current_|get_current_|transaction_timestamp|reservoir_quantile|age$)/u

const QUERY = `SELECT to_json({name: function_name, kind: CASE function_type WHEN 'aggregate' THEN 'aggregate' ELSE 'scalar' END, parameters: list_transform(parameters, lambda x, i: coalesce(parameter_types[i], 'ANY'))::VARCHAR[], varargs: coalesce(varargs, ''), returns: coalesce(return_type, 'ANY')})::VARCHAR
FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro') ORDER BY function_name, parameter_types::VARCHAR, return_type`

export async function readSignatures(also: readonly string[] = []): Promise<readonly Signature[]> {
  const parser = await duckdbParser()
  const all = (await parser.texts(QUERY)).map((text) => JSON.parse(text) as Signature)
  const known = new Map(all.map((signature) => [JSON.stringify(signature), signature]))
  return [...known.values()].filter(({ name }) => (ALLOWED_FUNCTIONS.has(name.toLowerCase()) && !UNSTEADY.test(name.toLowerCase())) || also.includes(name.toLowerCase()))
}
