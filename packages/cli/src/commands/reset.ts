// `tulle reset`: removes all state of this machine's Tulle, and nothing that Tulle did not make.

import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { act } from '../act.ts'
import type { Answer } from '../act.ts'
import { askConsent } from '../ask.ts'
import { homeOf, isAlive, readHolder, reasonOf } from '../home.ts'
import { messages } from '../messages.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

/** What the server makes in its home; a reset removes these and nothing else. */
const MADE_BY_TULLE = ['pg', 'catalog-pg', 'warehouse', 'engines', 'runs', 'programs', 'maintenance', 'erasures', 'shredding', 'streams', 'files', 'secrets', 'tls', 'audit', 'logs', 'cache', 'server.json', 'server.json.new', 'lock']

export function registerReset(program: Command, world: World): void {
  program.command('reset')
    .description('remove all state of this machine\'s Tulle: data, grants, history')
    .option('-y, --yes', 'do not ask')
    .action(act(world, (options: { yes?: boolean }) => reset(world, options.yes === true)))
}

async function reset(world: World, consented: boolean): Promise<Result<Answer>> {
  const home = homeOf(world)
  const pid = readHolder(home)
  if (pid !== undefined) return fail(messages['still-running']({ home, pid }))
  if (!existsSync(home)) return ok({ text: () => `There is nothing in ${home}.` })
  if (!existsSync(join(home, 'secrets')) || !existsSync(join(home, 'warehouse'))) return fail(messages['not-a-home']({ home }))
  const clusters = ['pg', 'catalog-pg'].map((name) => join(home, name, 'cluster'))
  const postgres = clusters.map(postmasterOf).find((found) => found !== undefined)
  if (postgres !== undefined) return fail(messages['still-running']({ home, pid: postgres }))
  const agreed = await askConsent(world, `Remove all data, grants and history in ${home}?`, consented)
  if (!agreed.ok) return agreed
  try {
    for (const cluster of clusters.flatMap(placeOutside)) rmSync(cluster, { recursive: true, force: true })
    for (const name of MADE_BY_TULLE) rmSync(join(home, name), { recursive: true, force: true })
    const others = readdirSync(home)
    if (others.length === 0) rmdirSync(home)
    return ok({ text: () => (others.length === 0 ? `${home} is gone.` : `${home} keeps what Tulle did not make: ${others.map(printable).join(', ')}.`) })
  } catch (cause) {
    return fail(messages['file-unwritable']({ file: home, reason: reasonOf(cause) }))
  }
}

/** The process that PostgreSQL's own lock file names, where it lives: a server may be killed before its database. */
function postmasterOf(cluster: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(cluster, 'data/postmaster.pid'), 'utf8').split('\n')[0])
    return isAlive(pid) ? pid : undefined
  } catch {
    return undefined
  }
}

/**
 * Where the home lies out of PostgreSQL's reach, its files lie elsewhere, and the home links to them. Only what looks like
 * such a place is followed: a link that somebody else put there leads to nothing of ours.
 */
function placeOutside(cluster: string): readonly string[] {
  try {
    const place = readlinkSync(cluster)
    return /^cluster-[0-9a-f]{16}$/.test(basename(place)) ? [place] : []
  } catch {
    return []
  }
}
