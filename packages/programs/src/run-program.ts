// One program, run: its inputs and its file in a folder of its own, a process behind walls, one stream of rows out of it. Nothing
// that the process says of itself is believed beyond what its stream holds.

import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { chmod, chown, copyFile, mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnostic, Place as TextPlace, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Walls } from './confine.ts'
import { commandOf, leftBehind, wallsFor } from './confine.ts'
import type { Job, JobResult } from './job.ts'
import { JOB_FILE, RESULT_FILE, ROWS_FILE } from './job.ts'
import { messages } from './messages.ts'
import type { ProgramPolicy, ProgramRun, Programs } from './types.ts'

/** Users of programs are others than those of engine processes, which count from 0. */
const FIRST_SLOT = 3_000
const SLOTS = 1_000
const MOST_MEGABYTES = 8_192
const MEGABYTE = 1_048_576
const RESULT_BYTES = 64 * 1024
// With a module's ending it is one, whatever is in it.
const MODEL_FILE = 'model.mts'

/** Where the operator lets none run. */
export const NO_PROGRAMS: Programs = { confinement: 'off', reason: 'the operator says so', run: ({ dataSet }) => Promise.resolve(fail(messages['program-off']({ dataSet }))) }

export interface ProgramsOptions { readonly workFolder: string; readonly policy: ProgramPolicy }

export async function openPrograms({ workFolder, policy }: ProgramsOptions): Promise<Programs> {
  await mkdir(workFolder, { recursive: true })
  // Programs may walk in and not look around: other folders have names that cannot be guessed.
  await chmod(workFolder, 0o711)
  for (const folder of leftBehind(workFolder)) await rm(folder, { recursive: true, force: true })
  let walls: Walls | undefined
  let slot = 0
  const found = (): Walls => {
    walls ??= wallsFor(workFolder)
    return walls
  }
  return {
    get confinement() {
      return policy === 'off' ? 'off' : found().network === undefined ? (policy === 'fenced' ? 'fenced' : 'off') : 'confined'
    },
    get reason() {
      return policy === 'off' ? 'the operator says so' : found().reason
    },
    async run(program) {
      const { dataSet } = program
      if (policy === 'off') return fail(messages['program-off']({ dataSet }))
      const built = found()
      if (built.network === undefined && policy !== 'fenced') return fail(messages['program-unconfined']({ dataSet, reason: built.reason ?? 'nothing does it' }))
      slot = (slot + 1) % SLOTS
      const folder = join(workFolder, randomBytes(16).toString('hex'))
      try {
        return await runIn(folder, built, program, FIRST_SLOT + slot)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

async function runIn(folder: string, walls: Walls, program: ProgramRun, slot: number): Promise<Result<{ readonly rows: number }>> {
  const { dataSet, columns, now, parameters, memoryMegabytes, milliseconds, signal } = program
  const [inFolder, outFolder] = [join(folder, 'in'), join(folder, 'out')]
  const user = walls.isolation.kind === 'user' ? walls.isolation.userOf(slot) : undefined
  for (const made of [inFolder, outFolder]) await mkdir(made, { recursive: true })
  await chmod(folder, 0o711)
  await chmod(inFolder, 0o755)
  if (user !== undefined) await chown(outFolder, user.uid, user.gid)
  const inputs: Job['inputs'][number][] = []
  for (const [i, input] of program.inputs.entries()) {
    const file = `input-${i}.arrow`
    const written = await input.write(join(inFolder, file))
    if (!written.ok) return written
    await chmod(join(inFolder, file), 0o644)
    inputs.push({ name: input.name, file })
  }
  const job: Job = { model: MODEL_FILE, inputs, columns, out: outFolder, now, parameters }
  await writeFile(join(inFolder, MODEL_FILE), program.text, { mode: 0o644 })
  await writeFile(join(inFolder, JOB_FILE), JSON.stringify(job), { mode: 0o644 })
  const outBytes = MOST_MEGABYTES * MEGABYTE
  const ended = await execute(commandOf(walls, { inFolder, outFolder, memoryMegabytes, seconds: milliseconds / 1000, outBytes, user }), { folder: outFolder, milliseconds, signal })
  signal.throwIfAborted()
  if (ended.late) return fail(messages['program-late']({ dataSet, seconds: Math.round(milliseconds / 1000) }, { place: startOf(program) }))
  const result = await resultIn(outFolder)
  if (result === undefined) {
    if (ended.signal === 'SIGXFSZ') return fail(messages['program-too-much']({ dataSet, most: MOST_MEGABYTES }, { place: startOf(program) }))
    return fail(messages['program-ended']({ dataSet, how: ended.signal === null ? `it ended with code ${ended.code}` : `it was ended by ${ended.signal}, as where memory runs out` }, { place: startOf(program) }))
  }
  if (!result.ok) return fail(failed(program, result))
  const path = join(folder, 'rows.arrow')
  if (!(await bringHome(join(outFolder, ROWS_FILE), path))) return fail(messages['program-ended']({ dataSet, how: 'there are no rows where they should be' }, { place: startOf(program) }))
  await program.take({ path, typed: result.form === 'rows' })
  return ok({ rows: result.rows })
}

const startOf = ({ file }: Pick<ProgramRun, 'file'>): TextPlace => ({ file, line: 1, column: 1 })

function failed({ dataSet, file, text }: ProgramRun, { what, line, column }: Extract<JobResult, { ok: false }>): Diagnostic {
  const source = line === undefined ? undefined : text.split('\n')[line - 1]?.trimEnd()
  const place = line === undefined ? startOf({ file }) : { file, line, column: column ?? 1, ...(source !== undefined && source.length <= 1_000 && { source }) }
  return messages['program-failed']({ dataSet, what: what.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 500) }, { place })
}

interface Ended { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly late: boolean }

/** With an empty environment, no standard streams, in a group of its own that ends as a whole. */
function execute([command = 'false', ...rest]: readonly string[], { folder, milliseconds, signal }: { readonly folder: string; readonly milliseconds: number; readonly signal: AbortSignal }): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, rest, { cwd: folder, detached: true, stdio: 'ignore', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
    let late = false
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        child.kill('SIGKILL')
      }
    }
    const timer = setTimeout(() => {
      late = true
      end()
    }, milliseconds)
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    const done = (code: number | null, killed: NodeJS.Signals | null): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      end()
      resolve({ code, signal: killed, late })
    }
    child.once('error', () => done(127, null))
    child.once('exit', done)
  })
}

/** The program's user owns that folder, so nothing in it is followed anywhere. */
async function openPlain(path: string) {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const status = await file.stat()
    if (status.isFile()) return { file, bytes: status.size }
    await file.close()
    return undefined
  } catch {
    return undefined
  }
}

async function resultIn(outFolder: string): Promise<JobResult | undefined> {
  const opened = await openPlain(join(outFolder, RESULT_FILE))
  if (opened === undefined) return undefined
  await using file = opened.file
  if (opened.bytes > RESULT_BYTES) return undefined
  try {
    return resultOf(JSON.parse(await file.readFile('utf8')) as Readonly<Record<string, unknown>> | null)
  } catch {
    return undefined
  }
}

function resultOf(said: Readonly<Record<string, unknown>> | null): JobResult | undefined {
  const place = (value: unknown): number | undefined => (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined)
  if (said?.['ok'] === true) return { ok: true, rows: place(said['rows']) ?? 0, form: said['form'] === 'rows' ? 'rows' : 'arrow' }
  if (said?.['ok'] !== false) return undefined
  const [line, column] = [place(said['line']), place(said['column'])]
  return { ok: false, what: String(said['what']), ...(line !== undefined && { line }), ...(column !== undefined && { column }) }
}

/** Copies the rows out of the reach of the program's user. */
async function bringHome(from: string, to: string): Promise<boolean> {
  const opened = await openPlain(from)
  if (opened === undefined) return false
  await using file = opened.file
  await copyFile(`/proc/self/fd/${file.fd}`, to).catch(async () => writeFile(to, await file.readFile()))
  await chmod(to, 0o644)
  return true
}
