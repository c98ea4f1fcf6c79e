// `tulle stop` and `tulle logs`: the server of this machine, by its home.

import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import { act } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf } from '../arguments.ts'
import { homeOf, readHolder, reasonOf } from '../home.ts'
import { messages } from '../messages.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

/** A clean stop ends within five seconds; twice that is trouble. */
const PATIENCE = 10

export function registerServer(program: Command, world: World): void {
  program.command('stop')
    .description('stop the Tulle of this machine')
    .option('--force', `kill it where it does not stop within ${PATIENCE} seconds`)
    .action(act(world, (options: { force?: boolean }) => stop(world, options.force === true)))
  program.command('logs')
    .description('show the server\'s log')
    .option('-f, --follow', 'go on as it grows')
    .option('-n, --lines <count>', 'how many of the last lines', '200')
    .action(act(world, (options: { follow?: boolean; lines: string }) => logs(world, options)))
}

async function stop(world: World, force: boolean): Promise<Result<Answer>> {
  const home = homeOf(world)
  const pid = readHolder(home)
  if (pid === undefined) return ok({ text: () => `No Tulle is running on ${home}.` })
  process.kill(pid, 'SIGTERM')
  const end = systemClock.now() + PATIENCE * 1000
  while (readHolder(home) === pid) {
    if (systemClock.now() > end) {
      if (!force) return fail(messages['will-not-stop']({ pid, seconds: PATIENCE }))
      process.kill(pid, 'SIGKILL')
      return ok({ text: () => `Tulle (process ${pid}) was killed.` })
    }
    world.terminal.status(`stopping process ${pid} …`)
    await systemClock.sleep(50, world.signal)
  }
  return ok({ text: () => 'Tulle has stopped.' })
}

async function logs(world: World, options: { readonly follow?: boolean; readonly lines: string }): Promise<Result<Answer>> {
  const lines = countOf('--lines', options.lines, 1_000_000)
  if (!lines.ok) return lines
  const file = join(homeOf(world), 'logs', 'server.log')
  try {
    let at = 0
    for (let first = true; ; first = false) {
      const text = await readFrom(file, first ? undefined : at)
      at = text.end
      const complete = text.content.split('\n').filter((line) => line !== '')
      for (const line of first ? complete.slice(-lines.value) : complete) world.terminal.out(renderLogLine(line))
      if (options.follow !== true) return ok({})
      await systemClock.sleep(300, world.signal)
    }
  } catch (cause) {
    if (world.signal.aborted) throw cause
    return fail(messages['file-unreadable']({ file, reason: reasonOf(cause) }))
  }
}

/** Whole lines from a place on; from the last 8 MB where none is given, from the start where the file was turned over. */
async function readFrom(file: string, from: number | undefined): Promise<{ readonly content: string; readonly end: number }> {
  // A server that has had nothing to say has no log yet.
  if (!existsSync(file)) return { content: '', end: 0 }
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const start = from === undefined ? Math.max(0, size - 8 * 1024 * 1024) : from > size ? 0 : from
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(size - start, 8 * 1024 * 1024)), 0, null, start)
    const end = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1
    return { content: buffer.toString('utf8', 0, end), end: start + end }
  } finally {
    await handle.close()
  }
}

/** `time level message key=value …`; a line that is no JSON as it stands. */
function renderLogLine(line: string): string {
  try {
    const { time, level, message, ...fields } = JSON.parse(line) as Record<string, unknown>
    const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    return printable(`${String(time)} ${String(level).padEnd(7)} ${String(message)}${rest.join('')}`)
  } catch {
    return printable(line)
  }
}
