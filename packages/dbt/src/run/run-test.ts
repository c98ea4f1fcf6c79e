// Tests of data: a query whose rows are failures, held against what the test allows.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { textOf } from '../project/read-yaml.ts'
import type { Node } from '../types.ts'
import { withoutEnd } from './compile-node.ts'
import { addressOf, placeOfNode } from './materialise.ts'
import type { Status } from './types.ts'
import type { Warehouse } from './warehouse.ts'

const CONDITION = /^\s*(?:=|!=|<>|<|<=|>|>=|between\s+\d+\s+and)\s*-?\d+(?:\.\d+)?\s*$/iu
const CALCULATION = /^[\w\s().,*+\-/"'=<>]{1,200}$/u

export interface TestVerdict { readonly status: Status; readonly failures: number }

export async function runTest(warehouse: Warehouse, node: Node, sql: string): Promise<Result<TestVerdict>> {
  const { config } = node
  const [calculation, warnIf, errorIf] = [textOf(config['fail_calc'], 'count(*)'), textOf(config['warn_if'], '!= 0'), textOf(config['error_if'], '!= 0')]
  for (const [key, value] of [['warn_if', warnIf], ['error_if', errorIf]] as const) if (!CONDITION.test(value)) return fail(messages['dbt-config-word']({ node: node.name, key, value, want: 'a comparison with a number, such as > 10' }, { place: placeOfNode(node) }))
  if (!CALCULATION.test(calculation)) return fail(messages['dbt-config-word']({ node: node.name, key: 'fail_calc', value: calculation, want: 'an expression over the rows that failed' }, { place: placeOfNode(node) }))
  const limit = Number(config['limit'] ?? 0)
  let rows = withoutEnd(sql)
  if (config['store_failures'] === true || ['table', 'view'].includes(textOf(config['store_failures_as']))) {
    const kept = await warehouse.replace(addressOf(node), 'table', rows)
    if (!kept.ok) return kept
    rows = `select * from "${node.schema}"."${node.alias}"`
  }
  const answer = await warehouse.query(`select ${calculation} as failures, coalesce(${calculation} ${warnIf}, false) as should_warn, coalesce(${calculation} ${errorIf}, false) as should_error from (\n${rows}\n${Number.isInteger(limit) && limit > 0 ? `limit ${limit}` : ''}) as dbt_internal_test`)
  if (!answer.ok) return answer
  const [failures, shouldWarn, shouldError] = answer.value.rows[0] ?? [0, false, false]
  const count = Number(failures ?? 0)
  const severity = textOf(config['severity'], 'ERROR').toUpperCase()
  if (severity === 'ERROR' && shouldError === true) return ok({ status: 'fail', failures: count })
  return ok({ status: shouldWarn === true ? 'warn' : 'pass', failures: count })
}
