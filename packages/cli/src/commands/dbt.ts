// `tulle dbt`: a dbt project as it is, without a server: read, listed, compiled, built and tested on an engine of its own.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Json, Result } from '@tulle/kernel'
import { counted, fail, ok } from '@tulle/kernel'
import type { Node, NodeResult, ParquetWarehouse, Project, ProjectFiles, ReadProject } from '@tulle/dbt'
import { act, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import { messages } from '../messages.ts'
import { registerDbtArtifacts } from './dbt-artifacts.ts'
import type { World } from '../types.ts'

interface DbtOptions {
  readonly select?: readonly string[]
  readonly exclude?: readonly string[]
  readonly selector?: string
  readonly resourceType?: readonly string[]
  readonly state?: string
  readonly vars?: string
  readonly target: string
  readonly schema: string
  readonly fullRefresh?: boolean
  readonly failFast?: boolean
  readonly onlyChanged?: boolean
  readonly output?: 'text' | 'json'
}

type Verb = 'parse' | 'ls' | 'compile' | 'build' | 'run' | 'seed' | 'snapshot' | 'test'

const VERBS: Readonly<Record<Verb, { readonly description: string; readonly types?: readonly string[] }>> = {
  parse: { description: 'read the project and say everything that is wrong with it' },
  ls: { description: 'list what a selection means' },
  compile: { description: 'show the SQL of models and tests', types: ['model', 'test', 'snapshot', 'analysis'] },
  build: { description: 'load seeds, build models and snapshots, run tests, each before what reads it' },
  run: { description: 'build models', types: ['model'] },
  seed: { description: 'load seeds', types: ['seed'] },
  snapshot: { description: 'take snapshots', types: ['snapshot'] },
  test: { description: 'run tests', types: ['test', 'unit_test'] },
}

export function registerDbt(program: Command, world: World): void {
  const family = program.command('dbt').description('work with a dbt project as it is, without a server; artifacts are those of its runs')
  registerDbtArtifacts(family, world)
  for (const [verb, { description }] of Object.entries(VERBS) as [Verb, { description: string }][]) {
    const command = withOutput(family.command(verb)).description(description)
      .argument('[folder]', 'the folder with dbt_project.yml', '.')
      .option('--vars <map>', 'variables, as JSON')
      .option('--target <name>', 'what target.name is', 'dev')
      .option('--schema <name>', 'what target.schema is', 'main')
    if (verb !== 'parse') {
      command
        .option('-s, --select <selection...>', 'such as +orders, tag:daily, state:modified+')
        .option('--exclude <selection...>', 'what to leave out')
        .option('--selector <name>', 'one of selectors.yml')
        .option('--resource-type <type...>', 'model, seed, snapshot, test, unit_test, source, exposure, analysis')
        .option('--state <folder>', 'where the manifest.json to compare with lies')
    }
    if (verb === 'build' || verb === 'run' || verb === 'seed' || verb === 'snapshot') {
      command.option('--full-refresh', 'build incremental models anew').option('--fail-fast', 'stop at the first failure').option('--only-changed', 'leave what has neither other code nor other inputs')
    }
    command.action(act(world, (options: DbtOptions, folder: string) => dbt(world, verb, options, folder)))
  }
}

async function dbt(world: World, verb: Verb, options: DbtOptions, given: string): Promise<Result<Answer>> {
  const { manifestOf, readProject, readProjectFolder } = await import('@tulle/dbt')
  const folder = resolve(world.folder, given)
  const vars = varsOf(options.vars)
  if (!vars.ok) return vars
  const files = await readProjectFolder(folder)
  if (!files.ok) return files
  const now = new Date()
  const invocation = randomUUID()
  const read = readProject(files.value, { invocation, settings: { target: { name: options.target, schema: options.schema, database: 'tulle', profile: 'tulle', threads: 1 }, vars: vars.value, environment: environmentOf(world), now } })
  if (!read.ok) return read
  const { project } = read.value
  const selected = await select(world, project, verb, options)
  if (!selected.ok) return selected
  const job: Job = { world, folder, files: files.value, read: read.value, selected: selected.value, options, artifacts: { invocation, generatedAt: now } }
  switch (verb) {
    case 'parse': {
      await writeTarget(folder, 'manifest.json', manifestOf(project, job.artifacts))
      const models = [...project.nodes.values()].filter((node) => node.type === 'model').length
      const tests = [...project.nodes.values()].filter((node) => node.type === 'test').length + project.unitTests.size
      return ok({ json: { project: project.name, models, tests, macros: project.macros.size }, text: () => `${project.name}: ${counted(models, 'model')}, ${counted(tests, 'test')}, ${counted(project.macros.size, 'macro')}.` }, read.diagnostics)
    }
    case 'ls': {
      const ids = [...selected.value]
      return ok({ json: ids, text: () => ids.map((id) => shown(project, id)).join('\n') }, read.diagnostics)
    }
    case 'compile': return compile(job)
    default: return run(job, verb)
  }
}

interface Job {
  readonly world: World
  readonly folder: string
  readonly files: ProjectFiles
  readonly read: ReadProject
  readonly selected: ReadonlySet<string>
  readonly options: DbtOptions
  readonly artifacts: { readonly invocation: string; readonly generatedAt: Date }
}

/** As dbt prints it: the path of names, with the kind before it where it is no model. */
function shown(project: Project, id: string): string {
  const node = project.nodes.get(id)
  const name = (node ?? project.unitTests.get(id) ?? project.sources.get(id) ?? project.exposures.get(id))?.fqn.join('.') ?? id
  const kind = id.split('.')[0] ?? ''
  return ['source', 'exposure', 'unit_test'].includes(kind) ? `${kind}:${name}` : name
}

/** dbt's own rule: what a project may see of the environment begins with DBT_. */
function environmentOf({ environment }: World): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[0].startsWith('DBT_') && !entry[0].startsWith('DBT_ENV_SECRET') && entry[1] !== undefined))
}

function varsOf(given: string | undefined): Result<Readonly<Record<string, Json>>> {
  try {
    const value: unknown = JSON.parse(given ?? '{}')
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return ok(value as Readonly<Record<string, Json>>)
  } catch {
    // Told below.
  }
  return fail(messages['bad-argument']({ argument: '--vars', value: given ?? '', want: 'a JSON object, such as {"start": "2024-01-01"}' }))
}

async function select(world: World, project: Project, verb: Verb, options: DbtOptions): Promise<Result<ReadonlySet<string>>> {
  const { readState, selectNodes } = await import('@tulle/dbt')
  const types = options.resourceType ?? VERBS[verb].types
  const base = { select: options.select, exclude: options.exclude, selector: options.selector, types }
  if (options.state === undefined) return selectNodes(project, base)
  const path = join(resolve(world.folder, options.state), 'manifest.json')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    return fail(messages['file-unreadable']({ file: path, reason: (error as NodeJS.ErrnoException).code ?? 'unknown' }))
  }
  const state = readState(text, path)
  return state.ok ? selectNodes(project, { ...base, state: state.value }) : state
}

async function writeTarget(folder: string, name: string, value: Json): Promise<void> {
  await mkdir(join(folder, 'target'), { recursive: true })
  await writeFile(join(folder, 'target', name), JSON.stringify(value))
}

/** An engine process that may touch the project's own data and nothing else, and the warehouse in it. */
async function withWarehouse<T>({ folder }: Job, work: (warehouse: ParquetWarehouse) => Promise<Result<T>>): Promise<Result<T>> {
  const [{ duckdbEngine }, { ParquetWarehouse }] = [await import('@tulle/engine'), await import('@tulle/dbt')]
  const home = join(folder, 'target', 'tulle')
  const data = join(home, 'data')
  await mkdir(data, { recursive: true })
  const engine = duckdbEngine({ folder: join(home, 'engine'), isolation: 'process' })
  try {
    const runner = await engine.start({ readPaths: [data], writePaths: [data], memoryMegabytes: 1024, threads: 2 })
    if (!runner.ok) return runner
    const warehouse = new ParquetWarehouse({ runner: runner.value, folder: data })
    await warehouse.load()
    return await work(warehouse)
  } finally {
    await engine.close()
  }
}

function compile(job: Job): Promise<Result<Answer>> {
  const { read: { project, house }, selected, artifacts, folder } = job
  return withWarehouse(job, async (warehouse) => {
    const { Compiler, manifestOf, renderWithAnswers } = await import('@tulle/dbt')
    const compiler = new Compiler(project, house)
    const compiled = new Map<string, string>()
    for (const node of project.nodes.values()) {
      if (!selected.has(node.id) || node.type === 'seed') continue
      const sql = await renderWithAnswers(warehouse, (answers) => compiler.compile(node, { answers }))
      if (!sql.ok) return sql
      compiled.set(node.id, sql.value)
    }
    await writeTarget(folder, 'manifest.json', manifestOf(project, artifacts, compiled))
    return ok({ json: Object.fromEntries(compiled), text: () => [...compiled].map(([id, sql]) => `-- ${id}\n${sql.trim()}\n`).join('\n') })
  })
}

const MARKS: Readonly<Record<NodeResult['status'], string>> = { success: '✅', pass: '✅', warn: '⚠️ ', fail: '❌', error: '❌', skipped: '⏭ ', 'no-op': '▫️ ' }

function run(job: Job, verb: Verb): Promise<Result<Answer>> {
  const { world, read: { project, house }, files, selected, options, folder, artifacts } = job
  return withWarehouse(job, async (warehouse) => {
    const { build, catalogOf, Compiler, manifestOf, runResultsOf } = await import('@tulle/dbt')
    const begun = performance.now()
    const built = await readBuilt(folder)
    const results = await build({
      compiler: new Compiler(project, house), warehouse, files, selected, signal: world.signal, clock: () => new Date(),
      ...(options.fullRefresh === true && { fullRefresh: true }), ...(options.failFast === true && { failFast: true }),
      ...(options.onlyChanged === true && { built }),
      log: (line) => world.terminal.say(line),
      onResult: (result) => {
        if (options.output !== 'json') world.terminal.say(`${MARKS[result.status]} ${nameOf(project.nodes.get(result.id), result.id)}: ${result.message}`)
      },
    })
    await warehouse.save()
    if (options.onlyChanged === true) await writeFile(join(folder, 'target', 'tulle', 'built.json'), JSON.stringify([...built]))
    if (!results.ok) return results
    const seconds = (performance.now() - begun) / 1000
    const compiled = new Map(results.value.flatMap(({ id, compiled: sql }): [string, string][] => (sql === undefined ? [] : [[id, sql]])))
    await writeTarget(folder, 'manifest.json', manifestOf(project, artifacts, compiled))
    await writeTarget(folder, 'run_results.json', runResultsOf(results.value, { ...artifacts, seconds, args: { which: verb } }))
    await writeTarget(folder, 'catalog.json', await catalogOf(project, warehouse, artifacts))
    const count = (...statuses: readonly NodeResult['status'][]): number => results.value.filter(({ status }) => statuses.includes(status)).length
    const bad = count('error', 'fail')
    return ok({
      json: results.value.map(({ id, status, message, failures, rows, diagnostics }) => ({ id, status, message, ...(failures !== undefined && { failures }), ...(rows !== undefined && { rows }), ...(diagnostics.length > 0 && { diagnostics }) })),
      text: () => `${count('success', 'pass')} done, ${count('no-op')} unchanged or nothing to do, ${count('warn')} warned, ${bad} failed, ${count('skipped')} skipped.`,
      exit: bad > 0 ? 1 : 0,
    }, results.value.flatMap((result) => result.diagnostics))
  })
}

const nameOf = (node: Node | undefined, id: string): string => (node === undefined ? id : `${node.type} ${node.name}`)

async function readBuilt(folder: string): Promise<Map<string, string>> {
  try {
    return new Map(JSON.parse(await readFile(join(folder, 'target', 'tulle', 'built.json'), 'utf8')) as [string, string][])
  } catch {
    return new Map()
  }
}
