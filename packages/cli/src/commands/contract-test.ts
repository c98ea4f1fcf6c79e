// `tulle contract test`: the checks of a contract over a file, by the engine of checks, without a server.

import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { EngineProcess } from '@tulle/engine'
import type { DataContract } from '@tulle/model'
import type { Verdict } from '@tulle/quality'
import { reasonOf } from '../home.ts'
import { messages } from '../messages.ts'
import type { World } from '../types.ts'

const FORMATS: Readonly<Record<string, 'csv' | 'parquet'>> = { '.csv': 'csv', '.parquet': 'parquet' }
const RELATION = { schema: 'source', name: 'data' }

export interface Tested { readonly verdicts: readonly Verdict[]; readonly diagnostics: readonly Diagnostic[] }

/** A verdict per check. `name` is what the contract calls the data set: queries may name it so. */
export async function testContract(world: World, contract: DataContract, name: string, data: string): Promise<Result<Tested>> {
  const format = FORMATS[extname(data).toLowerCase()]
  if (format === undefined) return fail(messages['file-unreadable']({ file: data, reason: 'it is neither .csv nor .parquet' }))
  const { duckdbEngine } = await import('@tulle/engine')
  const folder = await mkdtemp(join(tmpdir(), 'tulle-test-'))
  const engine = duckdbEngine({ folder: join(folder, 'engines'), isolation: 'process' })
  try {
    // The engine reads what lies in a folder of its own, and nothing else.
    const copy = join(folder, 'data', `data${extname(data).toLowerCase()}`)
    await mkdir(join(folder, 'data'))
    await copyFile(resolve(world.folder, data), copy)
    const started = await engine.start({ readPaths: [join(folder, 'data')], writePaths: [], memoryMegabytes: 1_024, threads: 2 })
    if (!started.ok) return started
    // A CSV file has texts: it is read as the contract says. A Parquet file has types of its own, which are checked.
    const columns = format === 'csv' ? { columns: contract.columns.map((column) => ({ name: column.name, type: column.type })) } : {}
    const read = await started.value.ingest({ port: RELATION.name, format, paths: [copy], labels: { [copy]: data }, ...columns })
    return read.ok ? await judge(started.value, contract, name, data) : read
  } catch (cause) {
    return fail(messages['file-unreadable']({ file: data, reason: reasonOf(cause) }))
  } finally {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function judge(process: EngineProcess, contract: DataContract, name: string, data: string): Promise<Result<Tested>> {
  const { compileChecks, gateQueries, runChecks } = await import('@tulle/quality')
  const plan = compileChecks(contract, RELATION)
  if (!plan.ok) return plan
  const gated = await gateQueries(plan.value, { relation: RELATION, names: [name], columns: contract.columns.map((column) => column.name), parse: (sql) => process.parse(sql) })
  if (!gated.ok) return gated
  const verdicts = await runChecks(process, { plan: gated.value, relation: RELATION, dataSet: data })
  return verdicts.ok ? ok({ verdicts: verdicts.value, diagnostics: plan.diagnostics }) : verdicts
}
