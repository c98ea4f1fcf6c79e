// `tulle contract`: contracts as files, without a server: judged, and compared for whoever reads by them.

import type { Command } from 'commander'
import { Option } from 'commander'
import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { counted, fail, ok } from '@tulle/kernel'
import { act, report, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import { messages } from '../messages.ts'
import { SqlParser } from '../sql-parser.ts'
import { readText, shownPath } from '../text-files.ts'
import type { OutputFormat, World } from '../types.ts'
import { registerContractFormats } from './contract-formats.ts'
import { testContract } from './contract-test.ts'

interface DiffOptions { readonly output?: OutputFormat; readonly port: 'sql' | 'files' | 'stream'; readonly direction: 'forward' | 'backward' | 'full' }

interface TestOptions { readonly output?: OutputFormat; readonly data: string; readonly dataSet?: string }

export function registerContract(program: Command, world: World): void {
  const family = program.command('contract').description('work with contracts (ODCS) as files; needs no server')
  withOutput(family.command('lint')).description('say everything that is wrong with contracts')
    .argument('<file...>', 'contracts in ODCS, YAML or JSON')
    .action(act(world, (options: { output?: OutputFormat }, files: readonly string[]) => lint(world, options, files)))
  withOutput(family.command('diff')).description('say what a new version means for consumers; exit code 1 where it breaks them')
    .argument('<before>', 'the contract that consumers have; of several, the oldest')
    .argument('<after...>', 'the new version last; between them, others that are still read or kept')
    .addOption(new Option('--port <kind>', 'how consumers read').choices(['sql', 'files', 'stream']).default('sql'))
    .addOption(new Option('--direction <which>', 'old readers and new data, new readers and old data, or both').choices(['forward', 'backward', 'full']).default('full'))
    .action(act(world, (options: DiffOptions, before: string, after: readonly string[]) => diff(world, options, [before, ...after])))
  withOutput(family.command('test')).description('run the checks of a contract over a file; exit code 1 where one fails')
    .argument('<file>', 'a contract in ODCS')
    .requiredOption('--data <file>', 'the rows, CSV in UTF-8 or Parquet')
    .option('--data-set <name>', 'which of its data sets, where the contract has several')
    .action(act(world, (options: TestOptions, file: string) => test(world, options, file)))
  registerContractFormats(family, world)
}

async function lint(world: World, { output }: { readonly output?: OutputFormat }, files: readonly string[]): Promise<Result<Answer>> {
  const { lintContract } = await import('@tulle/contracts')
  const results: { file: string; ok: boolean; diagnostics: readonly Diagnostic[] }[] = []
  await using parser = new SqlParser()
  for (const file of files) {
    const text = await readText(world, file)
    if (!text.ok) return text
    const { ok: good, diagnostics } = await lintContract(text.value, shownPath(world, file), (sql) => parser.parse(sql))
    results.push({ file, ok: good, diagnostics })
  }
  const all = results.flatMap(({ diagnostics }) => diagnostics)
  const bad = results.filter((result) => !result.ok).length
  const warnings = all.filter(({ severity }) => severity === 'warning').length
  if (output !== 'json') report(world.terminal, all)
  return ok({
    json: { ok: bad === 0, files: results },
    text: () => `${counted(files.length, 'contract')}, ${bad === 0 ? 'none' : bad} of them invalid${warnings === 0 ? '' : `, ${counted(warnings, 'warning')}`}.`,
    exit: bad === 0 ? 0 : 1,
  })
}

async function readDocument(world: World, file: string): Promise<Result<Json>> {
  const { parseContracts } = await import('@tulle/model')
  const text = await readText(world, file)
  if (!text.ok) return text
  const parsed = parseContracts(text.value, shownPath(world, file))
  return parsed.ok ? ok(parsed.value.document) : parsed
}

const MARKS = { none: '▫️ ', minor: '✅', breaking: '❌' } as const

async function diff(world: World, { port, direction }: DiffOptions, files: readonly string[]): Promise<Result<Answer>> {
  const { compareWithHistory } = await import('@tulle/contracts')
  const versions: Json[] = []
  for (const file of files) {
    const read = await readDocument(world, file)
    if (!read.ok) return read
    versions.push(read.value)
  }
  const found = compareWithHistory(versions.slice(0, -1), versions.at(-1) ?? null, { port, direction })
  const lines = found.changes.map(({ path, severity, reason }) => `${MARKS[severity]} ${severity} ${shown(path)} ${shown(reason)}`)
  return ok({
    json: { port, direction, ...found },
    text: () => [...lines, `${found.severity === 'none' ? 'Nothing changes for consumers' : `The change is ${found.severity}`}${found.versionFits === false ? `; the version has to rise by a ${found.severity === 'breaking' ? 'major' : 'minor'} number` : ''}.`].join('\n'),
    exit: found.severity === 'breaking' ? 1 : 0,
  })
}

const SIGNS = { pass: '✅', warn: '⚠️ ', fail: '❌', 'not-run': '▫️ ' } as const

async function test(world: World, { output, data, dataSet }: TestOptions, file: string): Promise<Result<Answer>> {
  const { parseContracts } = await import('@tulle/model')
  const text = await readText(world, file)
  if (!text.ok) return text
  const read = parseContracts(text.value, shownPath(world, file))
  if (!read.ok) return read
  const { objects } = read.value
  const chosen = dataSet === undefined && objects.length === 1 ? objects[0] : objects.find(({ name }) => name === dataSet)
  if (chosen === undefined) return fail(messages['contract-which-data-set']({ named: dataSet, known: objects.map(({ name }) => name) }))
  const tested = await testContract(world, chosen.contract, chosen.name, data)
  if (!tested.ok) return tested
  const { verdicts } = tested.value
  const failed = verdicts.filter(({ status, action }) => status === 'fail' && action !== 'warn').length
  const lines = verdicts.map(({ status, check, sentence }) => `${SIGNS[status]} ${status} ${shown(check)}: ${shown(sentence)}`)
  if (output !== 'json') report(world.terminal, tested.value.diagnostics)
  return ok({
    json: { ok: failed === 0, verdicts },
    text: () => [...lines, `${counted(verdicts.length, 'check')}, ${failed === 0 ? 'none' : failed} failed.`].join('\n'),
    exit: failed === 0 ? 0 : 1,
  })
}

// Names come from a file of others: what would move the cursor or turn the line around is shown as what it is.
const shown = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
