// The rig of this room: commands in a folder of their own, run here or, where streams and signals matter, by the real
// bin in a process of its own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CommanderError } from 'commander'
import { bundledProgram } from '@tulle/kernel/testing'
import { createProgram } from './program.ts'

interface Ran { readonly code: number | null; readonly out: string; readonly err: string }

interface RunOptions { readonly from?: string; readonly environment?: NodeJS.ProcessEnv }

/** A folder that goes away with its `using`. Its commands have a home and settings of their own. */
export interface Workspace extends Disposable {
  readonly folder: string
  write(path: string, content: string | Uint8Array): string
  /** Runs a command in this process, with nobody at the terminal. */
  tulle(command: readonly string[], options?: RunOptions): Promise<Ran>
  /** Runs the bin, with `input` on its standard input. */
  spawned(command: readonly string[], options?: RunOptions & { readonly input?: string }): Promise<Ran>
}

export function workspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'tulle-cli-'))
  const own = { TULLE_HOME: join(folder, 'home'), TULLE_CONFIG: join(folder, 'config'), TULLE_URL: '', NO_COLOR: '1' }
  return {
    folder,
    write: (path, content) => {
      const file = join(folder, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
      return file
    },
    tulle: (command, { from = '.', environment = {} } = {}) => runHere(command, join(folder, from), { ...own, ...environment }),
    spawned: async (command, { from = '.', environment = {}, input } = {}) => {
      const child = spawn(process.execPath, [await bundledProgram('packages/cli/src/tulle.ts'), ...command], { cwd: join(folder, from), env: { ...process.env, ...own, ...environment } })
      let [out, err] = ['', '']
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
      child.stdin.end(input ?? '')
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, out, err }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function runHere(command: readonly string[], folder: string, environment: NodeJS.ProcessEnv): Promise<Ran> {
  let [out, err, code] = ['', '', 0]
  const terminal = {
    interactive: false, colours: false, columns: 80,
    out: (text: string) => (out += `${text}\n`),
    say: (text: string) => (err += `${text}\n`),
    drained: () => undefined,
    status: () => undefined,
  }
  const program = createProgram({ environment, folder, terminal, signal: new AbortController().signal, end: (ended) => (code = ended) })
  try {
    await program.parseAsync([...command], { from: 'user' })
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause
    code = cause.exitCode === 0 ? 0 : 2
  }
  return { code, out, err }
}
