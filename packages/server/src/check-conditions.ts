// Conditions that people write for the rows of a data set, asked of the engine that will run them: its own tree under the
// gate's lists, then its own binder over an empty table of the same columns. One process, which sees no data at all.

import type { ConditionChecker } from '@tulle/access'
import { printStatement } from '@tulle/engine'
import type { Engine, EngineProcess } from '@tulle/engine'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { parseSqlTemplate } from '@tulle/policy'
import { checkCondition, conditionProbe } from '@tulle/sql'
import type { Tree, TreeNode } from '@tulle/sql'
import { messages } from './messages.ts'

export interface ConditionDesk extends ConditionChecker {
  /** The tree of any statement, which is only read. */
  parse(sql: string): Promise<Result<Tree>>
  /** A statement from its tree. */
  print(statement: TreeNode): Promise<Result<string>>
  /** What is asked of the process itself, alone; undefined where none can be started. */
  alone<T>(work: (process: EngineProcess) => Promise<T>): Promise<T | undefined>
  close(): Promise<void>
}

const IDLE_MILLISECONDS = 15_000
const ROW = { schema: 'main', name: 'row_of_it' }

export function checkConditions(engine: Engine, clock: Clock): ConditionDesk {
  let running: Promise<Result<EngineProcess>> | undefined
  let last: Promise<unknown> = Promise.resolve()
  let used = 0
  const start = (): Promise<Result<EngineProcess>> => engine.start({ readPaths: [], writePaths: [], memoryMegabytes: 256, threads: 1 })
  /** The next one tries again where none could be started. */
  const started = async (): Promise<Result<EngineProcess>> => {
    running ??= start()
    const process = await running
    if (!process.ok) running = undefined
    return process
  }
  const end = async (): Promise<void> => {
    const process = await running
    running = undefined
    if (process?.ok === true) await process.value.kill()
  }
  // Ended when nobody wrote a condition for a while; started again by the next.
  const rest = async (): Promise<void> => {
    const mine = (used += 1)
    await clock.sleep(IDLE_MILLISECONDS)
    if (mine === used) last = last.then(end)
  }
  const ask = async (condition: string, columns: Parameters<ConditionChecker['check']>[1]['columns'], again = true): Promise<Result<readonly string[]>> => {
    const probe = conditionProbe(condition)
    if (!probe.ok) return probe
    const process = await started()
    if (!process.ok) return process
    const read = await bind(process.value, condition, probe.value, columns)
    const died = !read.ok && read.diagnostics.some(({ code }) => code === 'engine-died')
    if (died) running = undefined
    if (died && again) return ask(condition, columns, false)
    // What the policy could not read when it decides would give nothing.
    const readable = parseSqlTemplate(condition, { values: false })
    return read.ok && !readable.ok ? readable : read
  }
  const parse = async (sql: string, again = true): Promise<Result<Tree>> => {
    const process = await started()
    if (!process.ok) return process
    const tree = await process.value.parse(sql)
    if (tree.ok || !tree.diagnostics.some(({ code }) => code === 'engine-died')) return tree
    running = undefined
    return again ? parse(sql, false) : tree
  }
  const print = async (statement: TreeNode): Promise<Result<string>> => {
    const process = await started()
    if (!process.ok) return process
    return printStatement(process.value, statement)
  }
  const alone = async <T>(work: (process: EngineProcess) => Promise<T>): Promise<T | undefined> => {
    const process = await started()
    return process.ok ? work(process.value) : undefined
  }
  /** One after the other, so that each has what it defined. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    void rest().catch(() => undefined)
    return next
  }
  return {
    alone: (work) => inTurn(() => alone(work)),
    print: (statement) => inTurn(() => print(statement)),
    parse: (sql) => inTurn(() => parse(sql)),
    check: (condition, { columns }) => inTurn(() => ask(condition, columns)),
    close: () => last.then(end),
  }
}

async function bind(process: EngineProcess, condition: string, probe: string, columns: Parameters<ConditionChecker['check']>[1]['columns']): Promise<Result<readonly string[]>> {
  const tree = await process.parse(probe)
  if (!tree.ok) return tree
  const checked = checkCondition(tree.value, columns.map(({ name }) => name))
  if (!checked.ok) return checked
  const defined = await process.define([{ ...ROW, columns: columns.map(({ name, type }, i) => ({ name, type, fieldId: i + 1 })), files: [] }])
  if (!defined.ok) return defined
  const prepared = await process.prepare(`SELECT (${condition}\n) AS k FROM ${ROW.schema}.${ROW.name} WHERE (${condition}\n)`)
  // Where it stands in this statement is nothing that its writer knows.
  if (!prepared.ok) return fail(...prepared.diagnostics.map(({ place: _place, ...diagnostic }) => diagnostic))
  const type = prepared.value.columns[0]?.type
  return type === 'BOOLEAN' ? ok(checked.value) : fail(messages['condition-not-true-or-false']({ type: type ?? 'nothing' }))
}
