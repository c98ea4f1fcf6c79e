// Every contract of a mesh folder, judged beyond its form. Contracts that did not change are not judged again, and no parser starts
// where none of them holds a query.

import type { Diagnostic } from '@tulle/kernel'
import { sha256 } from '@tulle/kernel'
import { judgeContract } from './lint-contract.ts'
import type { ParseSql } from './judge-queries.ts'

/** What was found, by the hash of path and text; those that are gone are forgotten. */
export type LintMemory = Map<string, readonly Diagnostic[]>

const CONTRACT = /(?:^|\/)contracts\/[^/]+\.ya?ml$/u

export async function lintMesh(files: ReadonlyMap<string, string>, parse: ParseSql, memory: LintMemory = new Map()): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = []
  const kept: LintMemory = new Map()
  for (const [path, text] of files) {
    if (!CONTRACT.test(path)) continue
    const key = sha256(`${path}\0${text}`)
    const findings = memory.get(key) ?? (await judgeContract(text, path, parse))
    // What could not be parsed because no engine came may be parsed the next time.
    if (!findings.some(({ code }) => code.startsWith('engine-'))) kept.set(key, findings)
    found.push(...findings)
  }
  memory.clear()
  for (const [key, findings] of kept) memory.set(key, findings)
  return found
}
