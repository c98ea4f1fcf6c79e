// `tulle backup` and `tulle restore`. A backup is made by the server, beside everything else; what is done with backups
// needs no server, and runs in a process of its own.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { ApiProblem } from '@tulle/api'
import type { Backup, BackupProgress } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, fail, ok } from '@tulle/kernel'
import { act, withOutput, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatBytes, formatCount, formatInstant } from '../format.ts'
import { homeOf } from '../home.ts'
import { messages } from '../messages.ts'
import { offline } from '../offline.ts'
import { renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

interface BackupOptions extends RemoteOptions { readonly withSecrets?: boolean; readonly list?: boolean; readonly verify?: boolean; readonly backup?: string }
interface RestoreOptions { readonly home?: string; readonly backup?: string; readonly secret?: readonly string[] }

export function registerBackup(program: Command, world: World): void {
  withServer(program.command('backup').argument('<place>', 'a folder, or s3://bucket/prefix'))
    .description('copy everything that is acknowledged, as of now; what the place holds already is not copied again')
    .option('--with-secrets', 'also the passwords of demo users and the keys of TLS')
    .option('--list', 'only list the backups of the place')
    .option('--verify', 'only read every byte of the place\'s backups, and say what has changed')
    .option('--backup <id>', 'with --verify: only this one')
    .action(act(world, (options: BackupOptions, place: string) => {
      if (options.list === true) return list(world, placeOf(world, place))
      return options.verify === true ? verify(world, options, placeOf(world, place)) : backUp(world, options, placeOf(world, place))
    }))
  withOutput(program.command('restore').argument('<place>', 'a folder, or s3://bucket/prefix'))
    .description('put a backup into an empty home, after every byte of it was checked')
    .option('--home <folder>', 'the home to fill; TULLE_HOME unless told')
    .option('--backup <id>', 'which backup; the newest unless told')
    .option('--secret <file>', 'secrets/.erasure or secrets/.shredding of the home that was backed up, where the backup needs it and has no secrets; may be repeated', (file: string, before: readonly string[] = []) => [...before, file])
    .action(act(world, (options: RestoreOptions, place: string) => restore(world, options, placeOf(world, place))))
}

const placeOf = (world: World, place: string): string => (/^[a-z0-9]+:\/\//iu.test(place) ? place : resolve(world.folder, place))

const backUp = (world: World, options: BackupOptions, place: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const started = await client.createBackup({ place, withSecrets: options.withSecrets === true }, { signal: world.signal })
  if (!started.ok) return started
  try {
    for await (const progress of started.value) {
      if (progress.phase === 'failed') return fail(...(progress.diagnostics ?? []))
      const { backup } = progress
      if (backup !== undefined) return ok({ json: backup, text: () => renderMade(backup, place) })
      show(world, progress)
    }
  } catch (cause) {
    if (cause instanceof ApiProblem) return fail(...cause.diagnostics)
    if (world.signal.aborted) throw cause
  }
  return fail(messages['backup-cut-off']({ place }))
})

const renderMade = (backup: Backup, place: string): string =>
  [
    `Backup ${backup.id} of ${formatInstant(backup.takenAt)} is complete: ${counted(backup.tables, 'table')}, ${counted(backup.objects, 'object')}, ${formatBytes(backup.bytes)}; ${formatBytes(backup.newBytes)} of it new in ${printable(place)}.`,
    ...((backup.archives ?? 0) === 0 ? [] : [`Archived rows of ${counted(backup.archives ?? 0, 'data set')} are not in it: the cold store (TULLE_COLD_STORE) has to outlive the home by itself, and is found again by whatever is restored.`]),
    ...(backup.secrets ? [] : ['It holds no secrets. Keep secrets/.erasure and secrets/.shredding of the home elsewhere: a restore that needs them is refused without. Passwords and the keys of TLS and of certificates would be made anew; certificates of now can be checked then, too.']),
  ].join('\n')

async function list(world: World, place: string): Promise<Result<Answer>> {
  const listed = await offline<readonly Backup[]>(world, { do: 'list', place }, tell(world))
  if (!listed.ok) return listed
  const backups = listed.value
  return ok({
    json: backups,
    text: () => renderTable(
      [{ title: 'backup' }, { title: 'of' }, { title: 'tables', right: true }, { title: 'objects', right: true }, { title: 'size', right: true }, { title: 'secrets' }],
      backups.map((one) => [one.id, formatInstant(one.takenAt), formatCount(one.tables), formatCount(one.objects), formatBytes(one.bytes), one.secrets ? 'yes' : 'no']),
    ),
  }, listed.diagnostics)
}

async function verify(world: World, { backup }: BackupOptions, place: string): Promise<Result<Answer>> {
  const verified = await offline<{ readonly backups: readonly string[]; readonly contents: number; readonly bytes: number }>(world, { do: 'verify', place, ...(backup !== undefined && { backup }) }, tell(world))
  if (!verified.ok) return verified
  const { backups, contents, bytes } = verified.value
  return ok({ json: verified.value, text: () => `${counted(backups.length, 'backup')} of ${counted(contents, 'file')}, ${formatBytes(bytes)}: every byte is as it was.` })
}

async function restore(world: World, options: RestoreOptions, place: string): Promise<Result<Answer>> {
  const home = options.home === undefined ? homeOf(world) : resolve(world.folder, options.home)
  const restored = await offline<{ readonly id: string; readonly takenAt: string; readonly objects: number; readonly rows: number; readonly moved: boolean }>(
    world, { do: 'restore', place, home, ...(options.backup !== undefined && { backup: options.backup }), ...(options.secret !== undefined && { secrets: options.secret.map((file) => resolve(world.folder, file)) }) }, tell(world))
  if (!restored.ok) return restored
  const { id, takenAt, objects } = restored.value
  return ok({
    json: restored.value,
    text: () => `${printable(home)} is as it was at ${formatInstant(takenAt)}: ${counted(objects, 'object')} of backup ${id}. "npm start" brings it to life${options.home === undefined ? '' : `, with TULLE_HOME=${printable(home)}`}.`,
  })
}

const show = (world: World, { phase, done, total, bytes }: BackupProgress): void =>
  world.terminal.status(`${phase}: ${formatCount(done)} of ${formatCount(total)}${bytes > 0 ? `, ${formatBytes(bytes)}` : ''}`)

const tell = (world: World) => (progress: BackupProgress): void => show(world, progress)
