// `run_results.json`, version 6, and `catalog.json`, version 1.

import type { Json } from '@tulle/kernel'
import type { Project } from '../types.ts'
import type { NodeResult } from '../run/types.ts'
import type { Warehouse } from '../run/warehouse.ts'
import { metadataOf } from './manifest.ts'
import type { ArtifactOptions } from './manifest.ts'

export function runResultsOf(results: readonly NodeResult[], options: ArtifactOptions & { readonly seconds: number; readonly args: Readonly<Record<string, Json>> }): Json {
  return {
    metadata: metadataOf('run-results/v6', options),
    results: results.map((result) => ({
      status: result.status,
      timing: [{ name: 'execute', started_at: result.startedAt.toISOString(), completed_at: new Date(result.startedAt.getTime() + result.seconds * 1000).toISOString() }],
      thread_id: 'Thread-1', execution_time: result.seconds, adapter_response: { ...(result.rows !== undefined && { rows_affected: result.rows }) },
      message: result.message, failures: result.failures ?? null, unique_id: result.id, compiled: result.compiled !== undefined, compiled_code: result.compiled ?? null, relation_name: result.relation ?? null, batch_results: null,
    })),
    elapsed_time: options.seconds, args: options.args,
  }
}

/** Every relation of the project that is there, with its columns as the warehouse has them. */
export async function catalogOf(project: Project, warehouse: Pick<Warehouse, 'relation'>, options: ArtifactOptions): Promise<Json> {
  const table = async (id: string, { database, schema, name, columns }: { readonly database: string; readonly schema: string; readonly name: string; readonly columns: readonly { readonly name: string; readonly description: string }[] }): Promise<readonly (readonly [string, Json])[]> => {
    const facts = await warehouse.relation(schema, name)
    if (facts === undefined) return []
    const told = new Map(columns.map((column) => [column.name.toLowerCase(), column.description]))
    return [[id, { metadata: { type: facts.kind === 'view' ? 'VIEW' : 'BASE TABLE', database, schema: facts.schema, name: facts.name, comment: null, owner: null }, columns: Object.fromEntries(facts.columns.map((column, i) => [column.name, { type: column.type, index: i + 1, name: column.name, comment: told.get(column.name.toLowerCase()) || null }])), stats: { has_stats: { id: 'has_stats', label: 'Has Stats?', value: false, include: false, description: null } }, unique_id: id }]]
  }
  const nodes = await Promise.all([...project.nodes.values()].filter((node) => node.type !== 'test' && node.type !== 'analysis').map((node) => table(node.id, { database: node.database, schema: node.schema, name: node.alias, columns: node.columns })))
  const sources = await Promise.all([...project.sources.values()].map((source) => table(source.id, { database: source.database, schema: source.schema, name: source.identifier, columns: source.columns })))
  return { metadata: metadataOf('catalog/v1', options), nodes: Object.fromEntries(nodes.flat()), sources: Object.fromEntries(sources.flat()), errors: null }
}
