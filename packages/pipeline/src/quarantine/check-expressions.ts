// SQL that somebody writes over a row that was set aside: one expression, of functions that are allowed, over columns that they
// see as they are. What is masked for them cannot be asked about.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { EngineProcess } from '@tulle/engine'
import { checkCondition, conditionProbe } from '@tulle/sql'
import { SIDE } from './types.ts'

export async function checkExpressions(process: EngineProcess, plain: readonly string[], expressions: readonly string[]): Promise<Result<void>> {
  const diagnostics: Diagnostic[] = []
  for (const expression of expressions) {
    const probe = conditionProbe(expression)
    const tree = probe.ok ? await process.parse(probe.value) : probe
    const checked = tree.ok ? checkCondition(tree.value, [...plain, ...Object.values(SIDE)]) : tree
    if (!checked.ok) diagnostics.push(...checked.diagnostics)
  }
  return diagnostics.length > 0 ? fail(...diagnostics) : ok(undefined)
}
