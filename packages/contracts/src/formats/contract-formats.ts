// Contracts from and to the formats of others. What a format has no word for travels in its free place, as a patch on what
// reading it back would give; what a contract has no word for travels in its customProperties the same way. So nothing is lost.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { parseYaml } from '@tulle/model'
import { isObj, objsOf } from '../document.ts'
import type { Obj } from '../document.ts'
import { messages } from '../messages.ts'
import { avro } from './avro.ts'
import { dataContractSpecification } from './data-contract-specification.ts'
import { dbt } from './dbt.ts'
import { documentText, placeless, toYaml } from './document-text.ts'
import { html, markdown, mermaid } from './documents.ts'
import { iceberg } from './iceberg.ts'
import { jsonSchema } from './json-schema.ts'
import { applyPatch, patchFrom } from './patch.ts'
import { protobuf } from './protobuf.ts'
import { sqlDdl } from './sql.ts'
import type { ContractFormat } from './types.ts'

const FORMATS: ReadonlyMap<string, ContractFormat> = new Map<string, ContractFormat>([
  ['odcs', { print: toYaml }], ['json-schema', jsonSchema], ['data-contract-specification', dataContractSpecification], ['avro', avro], ['dbt', dbt], ['protobuf', protobuf], ['sql', sqlDdl], ['iceberg', iceberg], ['markdown', markdown], ['html', html], ['mermaid', mermaid],
])
const CARRIED = 'importedFrom'

export const exportFormats: readonly string[] = [...FORMATS.keys()]
export const importFormats: readonly string[] = [...FORMATS].filter(([, format]) => 'read' in format || 'readText' in format).map(([name]) => name)

/** The text of a contract in a format. The contract is a document of ODCS that was read without errors. */
export function exportContract(contract: Json, name: string): Result<string> {
  const format = FORMATS.get(name)
  if (format === undefined || !isObj(contract)) return fail(messages['unknown-contract-format']({ format: name, known: exportFormats }))
  if ('print' in format) return ok(format.print(contract))
  // What came from this format goes back as it came, with what was changed since.
  const carried = objsOf(contract['customProperties']).find((one) => one['property'] === CARRIED && isObj(one['value']) && one['value']['format'] === name)
  const others = objsOf(contract['customProperties']).filter((one) => one !== carried)
  const { customProperties: _all, ...rest } = contract
  const own: Obj = carried === undefined ? contract : { ...rest, ...(others.length > 0 && { customProperties: [...others] }) }
  const written = applyPatch(format.write(own), isObj(carried?.['value']) ? carried['value']['patch'] : undefined) as Obj
  const back = format.read(placeless(written))
  const lost = back.ok ? patchFrom(back.value, own) : { value: own }
  return ok(documentText(lost === undefined || format.free === undefined ? written : { ...written, [format.free]: lost }, format.syntax))
}

/** A contract of a text in a format: a document of ODCS 3.1. */
export function importContract(text: string, file: string, name: string): Result<Obj> {
  const format = FORMATS.get(name)
  if (format !== undefined && 'readText' in format && format.readText !== undefined) return format.readText(text, file)
  if (format?.read === undefined) return fail(messages['unknown-contract-format']({ format: name, known: importFormats }))
  const parsed = parseYaml(text, file)
  if (!parsed.ok) return parsed
  const read = format.read(parsed.value)
  if (!read.ok || 'print' in format) return read
  const { [format.free ?? '']: lost, ...original } = parsed.value.value as Obj
  const contract = applyPatch(read.value, lost)
  if (!isObj(contract)) return ok(read.value)
  const left = patchFrom(format.write(contract), original)
  if (left === undefined || lost !== undefined) return ok(contract)
  return ok({ ...contract, customProperties: [...objsOf(contract['customProperties']), { property: CARRIED, value: { format: name, patch: left } }] })
}
