// `tulle status`: is it there, where are its doors, and who may try it; of a product, how it is.

import type { Command } from 'commander'
import { createClient } from '@tulle/api'
import type { Status } from '@tulle/api'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { findServer } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { productStatus } from './slo.ts'
import { homeOf, secretFileOf } from '../home.ts'
import { messages } from '../messages.ts'
import { renderFacts, renderTable } from '../table.ts'
import { secondsOf } from '../arguments.ts'
import type { World } from '../types.ts'

const PAUSE = 200

export function registerStatus(program: Command, world: World): void {
  withServer(program.command('status').argument('[product]'))
    .description('say whether Tulle runs, where its ports are, and the demo users; or how a product is')
    .option('--wait <seconds>', 'wait until it is ready, at most so long')
    .action(act(world, (options: RemoteOptions & { wait?: string }, product: string | undefined) => (product === undefined ? status(world, options) : productStatus(world, options, product))))
}

async function status(world: World, options: { readonly wait?: string }): Promise<Result<Answer>> {
  const wait = options.wait === undefined ? ok(0) : secondsOf('--wait', options.wait)
  if (!wait.ok) return wait
  const end = systemClock.now() + wait.value * 1000
  for (;;) {
    const found = await ask(world)
    if (found.ok && found.value.ready) return ok(show(world, found.value))
    const left = end - systemClock.now()
    if (left > 0) {
      world.terminal.status('waiting for Tulle …')
      await systemClock.sleep(Math.min(PAUSE, left), world.signal)
      continue
    }
    const why = wait.value > 0 ? fail(messages['not-ready-in-time']({ seconds: wait.value })) : found
    return ok({ json: { ready: false }, text: () => 'not running', exit: 1 }, why.diagnostics)
  }
}

async function ask(world: World): Promise<Result<Status>> {
  const found = findServer(world)
  return found.ok ? createClient({ baseUrl: found.value }).status({}, { signal: world.signal }) : found
}

function show(world: World, status: Status): Answer {
  const { ready, url, users, sql: { host, port, database } } = status
  const home = homeOf(world)
  const withSecret = users.map(({ name, role }) => ({ name, role, secretFile: secretFileOf(home, name) }))
  return {
    json: { ready, url, sql: { host, port, database }, users: withSecret },
    text: () => [
      renderFacts([['mesh', status.name], ['console', url], ['SQL', `${host}:${port}/${database}`], ['certificate', status.sql.caFile], ['isolation', status.isolation], ['version', status.version]]),
      ...(withSecret.length === 0 ? [] : ['', renderTable([{ title: 'user' }, { title: 'role' }, { title: 'password in' }], withSecret.map((user) => [user.name, user.role, user.secretFile]))]),
    ].join('\n'),
  }
}
