// What a program can reach (its inputs, Arrow, its own words), what it cannot, and what becomes of it when it goes wrong.

import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, chmod, readdir, rm, writeFile, readFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Table } from 'apache-arrow'
import { tableFromArrays, tableFromIPC, tableToIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ok } from '@tulle/kernel'
import { commandOf, wallsFor } from './confine.ts'
import { openPrograms } from './run-program.ts'
import type { ProgramRun, Programs } from './types.ts'

let folder = ''
let programs: Programs
const server = createServer((socket) => socket.end('reached'))

beforeAll(async () => {
  folder = await mkdtemp('/tmp/tulle-programs-')
  await chmod(folder, 0o711)
  programs = await openPrograms({ workFolder: join(folder, 'work'), policy: 'fenced' })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true, force: true })
})

const TEN = tableFromArrays({ id: Int32Array.from({ length: 10 }, (_, i) => i), name: Array.from({ length: 10 }, (_, i) => `n${i}`) })

interface Outcome { readonly table?: Table; readonly typed?: boolean; readonly rows?: number; readonly said: readonly string[]; readonly at?: string }

async function run(text: string, more: Partial<ProgramRun> = {}): Promise<Outcome> {
  let taken: { readonly table: Table; readonly typed: boolean } | undefined
  const ran = await programs.run({
    dataSet: 'p.out', file: 'domains/d/p/models/out.ts', text, columns: [{ name: 'id', type: 'long' }, { name: 'name', type: 'string' }],
    inputs: [{ name: 'ten', write: async (path) => { await writeFile(path, tableToIPC(TEN)); return ok(undefined) } }],
    now: '2026-01-02T03:04:05.000Z', parameters: { day: '2026-01-01' }, memoryMegabytes: 128, milliseconds: 30_000, signal: new AbortController().signal,
    take: async ({ path, typed }) => { taken = { table: tableFromIPC(await readFile(path)), typed } },
    ...more,
  })
  const [first] = ran.diagnostics
  return { said: ran.diagnostics.map((one) => `${one.code}: ${one.message}`), ...(first?.place !== undefined && { at: `${first.place.file}:${first.place.line}:${first.place.column}` }), ...(ran.ok && { rows: ran.value.rows }), ...taken }
}
const rowsOf = ({ table }: Outcome): readonly unknown[] => (table?.toArray() ?? []).map((row) => JSON.parse(JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))) as unknown)

describe('a program', () => {
  it.each<[string, string, readonly unknown[], boolean]>([
    ['gives rows as they come', 'export default function* f({ ten }: any) { for (const { id, name } of ten.rows()) if (id > 7) yield { id, name } }', [{ id: 8, name: 'n8' }, { id: 9, name: 'n9' }], true],
    ['gives a table of Arrow', "import { tableFromArrays } from 'apache-arrow'\nexport default ({ ten }: any) => tableFromArrays({ id: Int32Array.of(ten.table().numRows) })", [{ id: 10 }], false],
    ['gives the batches that it read', 'export default function* f({ ten }: any) { yield* ten }', Array.from({ length: 10 }, (_, id) => ({ id, name: `n${id}` })), false],
    ['goes through an input twice', 'export default ({ ten }: any) => [...ten.rows(), ...ten.rows()].filter((row) => row.id === 3)', [{ id: 3, name: 'n3' }, { id: 3, name: 'n3' }], true],
    ['may be asynchronous', 'export default async function* f() { yield await Promise.resolve({ id: 1n }) }', [{ id: 1, name: null }], true],
    ['sees the time and the parameters of its run', 'export default (_: any, { now, parameters }: any) => [{ id: 1, name: now + parameters.day }]', [{ id: 1, name: '2026-01-02T03:04:05.000Z2026-01-01' }], true],
    ['may give nothing at all', 'export default () => []', [], true],
  ])('%s', async (_, text, rows, typed) => {
    const outcome = await run(text)
    expect(outcome.said).toEqual([])
    expect(rowsOf(outcome)).toEqual(rows)
    expect(outcome).toMatchObject({ typed, rows: rows.length })
  })

  it('leaves nothing behind', async () => {
    await run('export default () => []')
    expect(await readdir(join(folder, 'work'))).toEqual([])
  })
})

describe('what goes wrong', () => {
  it.each<[string, string, string, string]>([
    ['is told with its line', 'export default function* f() {\n  yield { id: 1 }\n  const none: any = null\n  yield none.id\n}', "program-failed: The program of p.out failed: TypeError: Cannot read properties of null (reading 'id').", ':4:14'],
    ['is told where it was thrown, in a function of its own', "const look = (id: number): number => {\n  if (id > 3) throw new RangeError('too far')\n  return id\n}\nexport default ({ ten }: any) => [...ten.rows()].map(({ id }) => ({ id: look(id) }))", 'program-failed: The program of p.out failed: RangeError: too far.', ':2:21'],
    ['is a column that nobody promised', 'export default () => [{ id: 1, nmae: "x" }]', 'program-failed: The program of p.out failed: It gives the column "nmae", which the contract does not promise.', ':1:1'],
    ['is a value of another kind, which is not shown', 'export default () => [{ id: 1 }, { id: "secret" }]', 'program-failed: The program of p.out failed: Row 2 has a string in the column "id", promised is long.', ':1:1'],
    ['is a number that is not whole', 'export default () => [{ id: 1.5 }]', 'program-failed: The program of p.out failed: Row 1 has a number in the column "id", promised is long.', ':1:1'],
    ['is no row', 'export default () => [1]', 'program-failed: The program of p.out failed: It gives a number, which is neither a batch of Arrow nor a row.', ':1:1'],
    ['is Arrow and rows', 'export default function* f({ ten }: any) { yield* ten; yield* ten.rows(); }', 'program-failed: The program of p.out failed: It gives batches of Arrow and rows, and may give one of them.', ':1:1'],
    ['is a function that gives nothing', 'export default () => {}', 'program-failed: The program of p.out failed: Its function gives nothing.', ':1:1'],
    ['is no function', 'export default 3', 'program-failed: The program of p.out failed: What it exports by default is no function.', ':1:1'],
  ])('%s', async (_, text, said, at) => {
    expect(await run(text)).toMatchObject({ said: [said], at: `domains/d/p/models/out.ts${at}` })
  })

  it('is a program that has no end', async () => {
    expect((await run('export default () => { for (;;); }', { milliseconds: 1_500 })).said).toEqual(['program-late: The program of p.out ran longer than 2 s.'])
  })

  it('is a program that takes all memory', async () => {
    const [said = ''] = (await run('export default () => { const all: number[][] = []; for (;;) all.push(Array.from({ length: 100_000 }, Math.random)) }', { memoryMegabytes: 64 })).said
    expect(said).toMatch(/^program-ended: The program of p\.out ended without a result: it (?:was ended by SIG(?:ABRT|TRAP|KILL|SEGV|ILL)|ended with code 1\d\d)/u)
  })

  it('is a run that is stopped', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('stopped')), 300)
    await expect(run('export default () => { for (;;); }', { signal: stop.signal })).rejects.toThrow('stopped')
  })
})

/** Written so, because it is a program's to load it and not this test's. */
const load = (what: string): string => ['import', '(', what, ')'].join('')

const ATTEMPTS: readonly (readonly [string, string, RegExp])[] = [
  ['import a module of Node.js', load("'node:fs'"), /^refused: It imports "node:fs", which is not there\.$/u],
  ['import a file', load("'/etc/passwd'"), /^refused: It imports/u],
  ['import what it spells itself', load("'data:text/javascript,export default 1'"), /^refused: It imports/u],
  ['import by a function of text', `new Function('return ${load('"node:fs"')}')()`, /^refused: /u],
  ['find its process', 'typeof process + typeof (globalThis as any).process', /^undefinedundefined$/u],
  ['find its process by a function of text', "(async () => {}).constructor('return typeof process + typeof require')()", /^undefinedundefined$/u],
  ['ask the network', "fetch('http://127.0.0.1/')", /^refused: fetch is not defined$/u],
  ['open a socket', "new WebSocket('ws://127.0.0.1/')", /^refused: WebSocket is not defined$/u],
  ['start a thread', "new Worker('x')", /^refused: Worker is not defined$/u],
  ['compile something', 'typeof WebAssembly', /^undefined$/u],
  ['print', "console.log('x')", /^undefined$/u],
  ['change what others have of an object', '(({}) as any).__proto__', /^undefined$/u],
]

describe('a program cannot', () => {
  let answers: readonly string[] = []
  beforeAll(async () => {
    const outcome = await run(`export default async () => Promise.all([${ATTEMPTS.map(([, expression]) => `async () => (${expression})`).join(', ')}].map(async (attempt: any, id) => {
      try { return { id, name: String(await attempt()) } } catch (error: any) { return { id, name: 'refused: ' + error?.message } }
    }))`)
    answers = rowsOf(outcome).map((row) => (row as { readonly name: string }).name)
  })

  it.each(ATTEMPTS.map(([what, , answer], i) => [what, i, answer] as const))('%s', (_, i, answer) => {
    expect(answers[i]).toMatch(answer)
  })
})

// The language's fences may have a hole, so the walls are tried without them: by a script of ours that has all of Node.js.
describe('its process cannot, whatever runs in it,', () => {
  const walls = wallsFor('/tmp')
  /** What the script prints into the one folder that it may write. */
  const behindWalls = async (script: string, { network = true, permission = true } = {}): Promise<string> => {
    const place = await mkdtemp(join(folder, 'tried-'))
    await chmod(place, 0o755)
    const [inFolder, outFolder, code] = [join(place, 'in'), join(place, 'out'), join(place, 'code')]
    for (const one of [inFolder, outFolder, code]) mkdirSync(one, { mode: 0o777 })
    await chmod(outFolder, 0o777)
    writeFileSync(join(code, 'script.mjs'), `import { writeFileSync } from 'node:fs'\nconst say = (what) => writeFileSync(${JSON.stringify(join(outFolder, 'said'))}, String(what))\n${script}`)
    const user = walls.isolation.kind === 'user' ? walls.isolation.userOf(3_999) : undefined
    const [command = '', ...rest] = commandOf(network ? walls : { ...walls, network: undefined }, { inFolder, outFolder, memoryMegabytes: 128, seconds: 10, outBytes: 1_048_576, user, script: join(code, 'script.mjs') }).filter((one) => permission || (one !== '--permission' && !one.startsWith('--allow-fs')))
    spawnSync(command, rest, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, timeout: 20_000 })
    return readFile(join(outFolder, 'said'), 'utf8').catch(() => 'nothing')
  }
  const connect = () => `import { connect } from 'node:net'\nconnect(${(server.address() as AddressInfo).port}, '127.0.0.1').on('connect', () => { say('connected'); process.exit() }).on('error', (error) => say(error.code))`

  it.skipIf(walls.network === undefined)('reach a network (skipped where that cannot be arranged)', async () => {
    expect(await behindWalls(connect())).toBe('ENETUNREACH')
    // The control: with its network it does.
    expect(await behindWalls(connect(), { network: false })).toBe('connected')
  })

  it('read a file of the system, write outside of its folder, start another or a thread', async () => {
    const attempts = [`(await ${load("'node:fs'")}).readFileSync('/etc/passwd')`, `(await ${load("'node:fs'")}).writeFileSync('/tmp/tulle-program-was-here', 'x')`, `(await ${load("'node:child_process'")}).execSync('id')`, `new (await ${load("'node:worker_threads'")}).Worker('1', { eval: true })`]
    const script = `const codes = []\n${attempts.map((one) => `try { ${one}; codes.push('done') } catch (error) { codes.push(error.code) }`).join('\n')}\nsay(codes.join(' '))`
    expect(await behindWalls(script)).toBe('ERR_ACCESS_DENIED ERR_ACCESS_DENIED ERR_ACCESS_DENIED ERR_ACCESS_DENIED')
  })

  it('control: without the walls of Node.js it would', async () => {
    expect(await behindWalls("import { readFileSync } from 'node:fs'\nsay(readFileSync('/etc/hostname').length > 0)", { permission: false })).toBe('true')
  })

  it('see a variable of the server', async () => {
    process.env['TULLE_SECRET_PLANTED'] = 'planted'
    const said = await behindWalls('say(JSON.stringify(process.env))')
    delete process.env['TULLE_SECRET_PLANTED']
    expect(Object.keys(JSON.parse(said) as object)).toEqual(['PATH'])
  })

  it.skipIf(walls.isolation.kind !== 'user')('be the user of the server (skipped where this is not root)', async () => {
    expect(Number(await behindWalls('say(process.getuid())'))).toBeGreaterThan(60_000)
  })
})

describe('an operator', () => {
  it('lets none run', async () => {
    const none = await openPrograms({ workFolder: join(folder, 'none'), policy: 'off' })
    expect(none.confinement).toBe('off')
    expect((await none.run({ dataSet: 'p.out' } as ProgramRun)).diagnostics.map((one) => one.code)).toEqual(['program-off'])
  })
})
