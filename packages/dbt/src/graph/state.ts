// What changed since another time: the project now beside the manifest of then.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { isMap, listOf, mapOf, textOf } from '../project/read-yaml.ts'
import type { Node, Project } from '../types.ts'
import { fingerprintCode } from './fingerprint.ts'
import type { Code, MacroCode } from './fingerprint.ts'

type Prints = ReturnType<typeof fingerprintCode>

/** Fingerprints by the id of the node. */
export type State = ReadonlyMap<string, Prints>

export const stateOf = (project: Project): State => {
  const macros = new Map([...project.macros].map(([id, macro]): [string, MacroCode] => [id, { text: macro.template.text.slice(macro.block.at, macro.block.end), uses: macro.uses }]))
  return new Map([...project.nodes.values()].map((node) => [node.id, fingerprintCode(codeOf(node), macros)]))
}

export const codeOf = (node: Node): Code => ({ raw: node.raw, config: node.config, macros: node.macros, needs: node.needs, schema: node.schema, alias: node.alias, checksum: node.checksum, type: node.type, contract: contractOf(node.config, node.columns.map((column) => [column.name, column.type ?? null])), arguments: node.test?.arguments ?? null })

const contractOf = (config: Node['config'], columns: Json): Json => (mapOf(config['contract'])['enforced'] === true ? columns : null)

const LARGEST = 300_000_000

/** From a `manifest.json` of this room or of dbt itself. */
export function readState(text: string, file: string): Result<State> {
  const refuse = (detail: string): Result<never> => fail(messages['dbt-state']({ detail }, { place: { file, line: 1, column: 1 } }) satisfies Diagnostic)
  if (text.length > LARGEST) return refuse(`it has more than ${LARGEST} characters`)
  let manifest: Json
  try {
    manifest = JSON.parse(text) as Json
  } catch {
    return refuse('it is no JSON')
  }
  const [nodes, macros] = [mapOf(mapOf(manifest)['nodes']), mapOf(mapOf(manifest)['macros'])]
  if (!isMap(mapOf(manifest)['nodes'])) return refuse('it names no nodes')
  const texts = (value: Json | undefined): readonly string[] => listOf(value).map((one) => textOf(one))
  const codes = new Map(Object.entries(macros).map(([id, macro]): [string, MacroCode] => [id, { text: textOf(mapOf(macro)['macro_sql']), uses: texts(mapOf(mapOf(macro)['depends_on'])['macros']).filter((used) => Object.hasOwn(macros, used)) }]))
  return ok(new Map(Object.entries(nodes).map(([id, given]) => {
    const node = mapOf(given)
    const config = mapOf(node['config'])
    const columns = Object.values(mapOf(node['columns'])).map((column) => [mapOf(column)['name'] ?? null, mapOf(column)['data_type'] ?? null] as Json)
    const metadata = mapOf(node['test_metadata'])
    const { model: _model, ...kwargs } = mapOf(metadata['kwargs'])
    return [id, fingerprintCode({ raw: textOf(node['raw_code']), config, macros: texts(mapOf(node['depends_on'])['macros']), needs: texts(mapOf(node['depends_on'])['nodes']), schema: textOf(node['schema']), alias: textOf(node['alias']), checksum: textOf(mapOf(node['checksum'])['checksum']), type: textOf(node['resource_type']), contract: contractOf(config, columns), arguments: node['test_metadata'] === undefined || node['test_metadata'] === null ? null : kwargs }, codes)]
  })))
}
