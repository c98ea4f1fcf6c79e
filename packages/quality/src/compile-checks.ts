// What is promised of a data set to the checks that hold it, and the fewest scans that measure them. Pure.

import type { Diagnostic, Result } from '@tulle/kernel'
import { resultOf } from '@tulle/kernel'
import type { ContractColumn, DataContract, FailureWords } from '@tulle/model'
import type { Bound, Check, CheckedRelation, CheckPlan } from './types.ts'
import { planScans } from './plan-scans.ts'
import { referenceChecks } from './reference-checks.ts'
import { withAction, wordsOfRule } from './on-failure.ts'
import type { RuleContext } from './read-values.ts'
import { isObj } from './read-values.ts'
import { readRule } from './read-rule.ts'
import { shapeChecks } from './shape-checks.ts'

const NONE: Bound = { operator: '=', value: 0 }

/** Other data sets that its checks name, as it names them. */
export function dataSetsNamed(contract: Parameters<typeof compileChecks>[0]): readonly string[] {
  const names = new Set<string>()
  if (contract.references === undefined && !contract.quality.some(isOfAnotherTool) && !contract.columns.some(({ quality }) => quality.some(isOfAnotherTool))) return []
  compileChecks(contract, { schema: 'checked', name: 'data' }, { other: (name) => (names.add(name), { schema: 'other', name }) })
  return [...names]
}
const isOfAnotherTool = ({ rule }: DataContract['quality'][number]): boolean => isObj(rule) && rule['type'] === 'custom'

export interface CompileOptions {
  /** Another table by the name that a person gives it; absent where no other one is at hand, and checks about one are not run. */
  readonly other?: RuleContext['other']
}

/** Every misspelt rule is an error with its place; a rule that cannot be run here is a warning and a `not-run` check. */
export function compileChecks(contract: Pick<DataContract, 'columns' | 'quality' | 'references' | 'onFailure' | 'place'>, relation: CheckedRelation, { other }: CompileOptions = {}): Result<CheckPlan> {
  const diagnostics: Diagnostic[] = []
  const columns = new Map(contract.columns.map(({ name, type }) => [name, type]))
  const acting = (check: Check, own: FailureWords | undefined, column: FailureWords | undefined): readonly Check[] => {
    const acted = withAction(check, own, [column, contract.onFailure])
    diagnostics.push(...acted.diagnostics)
    return acted.ok ? [acted.value] : []
  }
  const read = (rules: DataContract['quality'], column?: ContractColumn): readonly Check[] =>
    rules.flatMap((rule) => {
      const checks = readRule(rule, { columns, relation, ...(other !== undefined && { other }), ...(column !== undefined && { column: column.name }) })
      diagnostics.push(...checks.diagnostics)
      return checks.ok ? checks.value.flatMap((check) => acting(check, wordsOfRule(rule.rule), column?.onFailure)) : []
    })
  const shapeOf = (column: ContractColumn): readonly Check[] => {
    const shape = shapeChecks(column)
    diagnostics.push(...shape.diagnostics)
    return shape.checks
  }
  const referring = referenceChecks(contract.references ?? [], { columns, ...(other !== undefined && { other }) })
  diagnostics.push(...referring.diagnostics)
  const checks = distinctNames([
    ...contract.columns.flatMap((column) => [...shapeOf(column).flatMap((check) => acting(check, undefined, column.onFailure)), ...read(column.quality, column)]),
    ...primaryKeyCheck(contract).flatMap((check) => acting(check, undefined, contract.columns.find(({ primaryKey, onFailure }) => primaryKey !== undefined && onFailure !== undefined)?.onFailure)),
    ...referring.checks.flatMap((check) => acting(check, undefined, undefined)),
    ...read(contract.quality),
  ])
  return resultOf({ checks, scans: planScans(checks, relation) }, diagnostics)
}

/** Two promises of one name are told apart by a number, in the order in which they are written. */
export function distinctNames(checks: readonly Check[]): readonly Check[] {
  const seen = new Map<string, number>()
  return checks.map((check) => {
    const count = (seen.get(check.name) ?? 0) + 1
    seen.set(check.name, count)
    return count === 1 ? check : { ...check, name: `${check.name} #${count}` }
  })
}

function primaryKeyCheck({ columns, place }: Pick<DataContract, 'columns' | 'place'>): readonly Check[] {
  const key = columns.filter((column) => column.primaryKey !== undefined).toSorted((a, b) => (a.primaryKey as number) - (b.primaryKey as number))
  if (key.length === 0) return []
  const names = key.map((column) => column.name)
  return [{ name: `primary-key(${names.join(', ')})`, measure: { kind: 'repeats', columns: names, counts: 'surplus' }, bound: NONE, unit: 'rows', action: 'block', place: key[0]?.place ?? place }]
}
