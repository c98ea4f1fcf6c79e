// The rig for starts that may fail: runs the server's own program and tells how it ended, or that it lives.

import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { bundledProgram } from '@tulle/kernel/testing'
import { freePort } from './testing.ts'

const CHECKOUT = resolve(import.meta.dirname, '../../..')

export interface Start {
  /** The exit code, or undefined where it lives. */
  readonly exit: number | undefined
  readonly pid: number
  /** Everything that it said so far. */
  said(): string
  /** Ends it, by SIGTERM unless told, and waits for that. */
  end(signal?: NodeJS.Signals): Promise<void>
}

export interface StartOptions {
  readonly mesh: string
  readonly home: string
  readonly environment?: NodeJS.ProcessEnv
  /** The user of this machine that starts it. */
  readonly uid?: number
}

/** Starts a Tulle on free ports and waits until it lives or has ended. */
export async function tryStart({ mesh, home, environment = {}, uid }: StartOptions): Promise<Start> {
  const { DATABASE_URL: _, CATALOG_DATABASE_URL: __, ...inherited } = process.env
  const ports = { TULLE_HTTP_PORT: String(await freePort()), TULLE_SQL_PORT: String(await freePort()) }
  const child = spawn(join(CHECKOUT, 'node_modules/.bin/node'), [await bundledProgram('packages/server/src/main.ts'), mesh], {
    cwd: '/', env: { ...inherited, ...ports, TULLE_HOME: home, ...environment }, stdio: ['ignore', 'pipe', 'pipe'], ...(uid !== undefined && { uid, gid: uid }),
  })
  let said = ''
  const exited = new Promise<number>((done) => child.once('close', (code, signal) => done(code ?? (signal === null ? -1 : 128))))
  const living = new Promise<undefined>((done) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      if (said.includes('Ctrl-C stops it.')) done(undefined)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
  })
  const exit = await Promise.race([exited, living])
  return {
    exit,
    pid: child.pid ?? -1,
    said: () => said,
    end: async (signal = 'SIGTERM') => {
      child.kill(signal)
      await exited
    },
  }
}
