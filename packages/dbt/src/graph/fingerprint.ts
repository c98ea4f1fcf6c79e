// What a node is, as one fingerprint: its code in normal form, its configuration, the macros that it uses, and what they use.

import type { Json } from '@tulle/kernel'
import { fingerprintOf } from '@tulle/kernel'
import { listOf, mapOf, textOf } from '../project/read-yaml.ts'
import type { Config } from '../types.ts'
import { normalForm } from './normal-form.ts'

/** A node as it is known now, or as a manifest of another time tells of it. */
export interface Code {
  readonly raw: string
  readonly config: Config
  readonly macros: readonly string[]
  readonly needs: readonly string[]
  readonly schema: string
  readonly alias: string
  readonly checksum: string
  readonly type: string
  readonly contract: Json
  readonly arguments: Json
}
export interface MacroCode { readonly text: string; readonly uses: readonly string[] }

// Words about a node that change no row of it.
const isEmpty = (value: Json): boolean => value === null || (typeof value === 'object' && Object.keys(value).length === 0)
const TOLD = new Set(['contract', 'description', 'docs', 'meta', 'tags', 'group', 'access', 'persist_docs', 'owner', 'deprecation_date', 'latest_version', 'severity'])

export function fingerprintCode(code: Code, macros: ReadonlyMap<string, MacroCode>): { readonly body: string; readonly config: string; readonly relation: string; readonly macros: string; readonly contract: string; readonly whole: string } {
  const config = fingerprintOf(Object.fromEntries(Object.entries(code.config).filter(([key, value]) => !TOLD.has(key) && !isEmpty(value)).map(([key, value]) => [key, key.endsWith('hook') ? listOf(value).map((hook) => textOf(mapOf(hook)['sql'], textOf(hook))) : value])))
  const body = code.type === 'seed' ? code.checksum : fingerprintOf([normalForm(code.raw), code.arguments])
  const relation = fingerprintOf([code.schema, code.alias])
  // dbt's own macros come with dbt, not with the project.
  const used = [...closure(code.macros, macros)].filter((id) => !/^macro\.dbt(?:_duckdb)?\./u.test(id)).toSorted().map((id) => [id, normalForm(macros.get(id)?.text ?? '')])
  const [macroPart, contract] = [fingerprintOf(used), fingerprintOf(code.contract)]
  return { body, config, relation, macros: macroPart, contract, whole: fingerprintOf([body, config, relation, macroPart, contract, [...code.needs]]) }
}

function closure(start: readonly string[], macros: ReadonlyMap<string, MacroCode>): ReadonlySet<string> {
  const seen = new Set<string>()
  const queue = [...start]
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    queue.push(...(macros.get(id)?.uses ?? []))
  }
  return seen
}
