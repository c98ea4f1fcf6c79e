// `tulle erase`: takes a person out of every version of every product, and shows first what that would touch.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Client, Erasure, ErasurePreview } from '@tulle/api'
import { counted, fail, ok, systemClock } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { messages } from '../messages.ts'
import { renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

interface EraseOptions extends RemoteOptions { readonly subject?: string; readonly yes?: boolean }

export function registerErase(program: Command, world: World): void {
  const family = withServer(program.command('erase'))
    .description('erase a person from every product, every version of them, and everything that Tulle keeps beside; without --yes only show what that would touch')
    .option('--subject <key=value>', 'a business key that identifies a person, such as email=ana@example.com')
    .option('-y, --yes', 'do it; nobody can undo it')
    .action(act(world, (options: EraseOptions) => erase(world, options)))
  const one = (name: string, what: string, ask: (client: Client, id: string) => Promise<Result<Erasure>>): void => {
    withServer(family.command(name).argument('<erasure>', 'its id')).description(what)
      .action(act(world, (options: RemoteOptions, id: string) => withClient<Answer>(world, options, async (client) => {
        const found = await ask(client, id)
        return found.ok ? ok({ json: found.value, text: () => renderErasure(found.value) }) : found
      })))
  }
  withServer(family.command('list')).description('list erasures, the newest first').action(act(world, (options: RemoteOptions) => list(world, options)))
  one('show', 'how far an erasure is, and what it did', (client, id) => client.getErasure({ id }, { signal: world.signal }))
  one('approve', 'approve what somebody else asked for', (client, id) => client.approveErasure({ id }, { signal: world.signal }))
  one('decline', 'decline what was asked for', (client, id) => client.declineErasure({ id }, { signal: world.signal }))
  one('resume', 'go on with an erasure that is stuck', (client, id) => client.resumeErasure({ id }, { signal: world.signal }))
  one('acknowledge', 'say that your own copies are gone', (client, id) => client.acknowledgeErasure({ id }, { signal: world.signal }))
  withServer(family.command('certificate').argument('<erasure>', 'its id')).description('print the signed certificate, as it stands now')
    .action(act(world, (options: RemoteOptions, id: string) => withClient<Answer>(world, options, async (client) => {
      const found = await client.getErasure({ id }, { signal: world.signal })
      if (!found.ok) return found
      const { certificate } = found.value
      return certificate === undefined ? fail(messages['erasure-unfinished']({ id, state: found.value.state })) : ok({ json: { certificate }, text: () => certificate })
    })))
  withServer(family.command('verify').argument('<certificate>', 'a file with it')).description('say whether a certificate is by this mesh and unchanged, and what it says')
    .action(act(world, (options: RemoteOptions, file: string) => verify(world, options, file)))
}

function subjectOf(text: string | undefined): Result<{ readonly key: string; readonly value: string }> {
  const [key = '', ...rest] = (text ?? '').split('=')
  const value = rest.join('=')
  return key === '' || value === '' ? fail(messages['erasure-subject-missing']({})) : ok({ key, value })
}

const POLL = 500

const erase = (world: World, { subject: named, yes = false, ...options }: EraseOptions): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const subject = subjectOf(named)
  if (!subject.ok) return subject
  const { signal } = world
  if (!yes) {
    const preview = await client.previewErasure(subject.value, { signal })
    return preview.ok ? ok({ json: preview.value, text: () => renderPreview(preview.value) }) : preview
  }
  const begun = await client.requestErasure(subject.value, { signal })
  if (!begun.ok) return begun
  const ended = await follow(world, client, begun.value)
  if (!ended.ok) return ended
  if (ended.value.state === 'stuck') return fail(messages['erasure-stuck']({ id: ended.value.id, problem: ended.value.problem ?? '' }))
  return ok({ json: ended.value, text: () => renderErasure(ended.value) })
})

async function follow(world: World, client: Client, begun: Erasure): Promise<Result<Erasure>> {
  let now = begun
  for (let told = 0; ; await systemClock.sleep(POLL, world.signal)) {
    for (const { told: line } of now.steps.slice(told)) world.terminal.say(printable(line))
    told = now.steps.length
    if (now.state !== 'running') return ok(now)
    const next = await client.getErasure({ id: begun.id }, { signal: world.signal })
    if (!next.ok) return next
    now = next.value
  }
}

function renderPreview({ subject, keys, tables, derived, held, database }: ErasurePreview): string {
  const rows = [
    ...tables.map(({ product, dataSet, isAside, isArchived, rows: { current, older }, files, sealedFiles, snapshots }) => [`${product}.${dataSet}${isAside ? ' (set aside)' : ''}${isArchived ? ' (archived)' : ''}`, `${counted(current + older, 'row')} in ${counted(files, 'file')} of ${counted(snapshots.length, 'version')}`, sealedFiles === 0 ? 'rows go, in every version' : sealedFiles === files ? 'the key is destroyed, rows stay' : 'the key is destroyed; rows in plain go']),
    ...derived.map(({ product, dataSet, flow }) => [`${product}.${dataSet}`, 'made from them', flow === 'values' ? 'made anew; older versions go' : 'made anew; older versions only count']),
    ...held.map(({ product, dataSet, rows: count, reason }) => [`${product}.${dataSet}`, counted(count, 'row'), `stays: legal hold (${printable(reason)})`]),
    ...Object.entries(database).map(([table, count]) => [table, counted(count, 'row'), 'values are taken out']),
  ]
  const who = `Found by ${keys.map(({ key, values }) => `${key} (${counted(values, 'value')})`).join(', ')}; digest ${subject.digest.slice(0, 16)}.`
  if (rows.length === 0) return `${who}\nNothing of the person is here; with --yes nothing of the person comes in any more.`
  return `${who}\n\n${renderTable([{ title: 'where' }, { title: 'what' }, { title: 'then' }], rows)}\n\nNothing was changed. To erase: the same with --yes.`
}

function renderErasure({ id, state, requestedBy, requestedAt, approvedBy, problem, report, consumers, steps }: Erasure): string {
  const lines = [`Erasure ${id}: ${state}. Asked for by ${printable(requestedBy)} on ${formatInstant(requestedAt)}${approvedBy === undefined ? '' : `, decided by ${printable(approvedBy)}`}.`]
  if (problem !== undefined) lines.push(printable(problem))
  if (state === 'requested') lines.push(`Somebody else has to approve it: npx tulle erase approve ${id}`)
  if (report === undefined) return [...lines, ...steps.map(({ told }) => `  ${printable(told)}`)].join('\n')
  const rows = [
    ...report.shredded.map(({ product, dataSet, rows: count, keys }) => [`${product}.${dataSet}`, counted(count, 'row'), `${counted(keys, 'key')} destroyed`]),
    ...report.tables.map(({ product, dataSet, rows: count, rewritten, dropped }) => [`${product}.${dataSet}`, counted(count, 'row'), `${counted(rewritten.length, 'version')} without them${dropped.length > 0 ? `, ${dropped.length} gone` : ''}`]),
    ...report.rebuilt.map(({ product, dataSet, run }) => [`${product}.${dataSet}`, 'made anew', `run ${run ?? ''}`]),
    ...report.held.map(({ product, dataSet, rows: count, reason }) => [`${product}.${dataSet}`, counted(count, 'row'), `kept: legal hold (${printable(reason)})`]),
  ]
  if (rows.length > 0) lines.push('', renderTable([{ title: 'where' }, { title: 'what' }, { title: 'how' }], rows))
  lines.push('', `${counted(report.inputs.removed, 'input')} that runs kept, ${counted(report.profiles, 'profile')} and values of ${counted(report.auditValues, 'line')} of the audit are gone; the write-ahead log was ${report.database.log}.`)
  for (const { place, removed, made } of report.backups) lines.push(`${counted(removed.length, 'backup')} in ${printable(place)} ${removed.length === 1 ? 'is' : 'are'} gone${made === undefined ? '' : `; backup ${made} was made in their stead`}.`)
  const waiting = consumers.filter(({ acknowledgedAt }) => acknowledgedAt === undefined)
  lines.push(waiting.length === 0 ? 'Nobody has to acknowledge it any more.' : `Not acknowledged yet by ${waiting.map(({ kind, name }) => `${kind} ${printable(name)}`).join(', ')}.`)
  lines.push(...report.left.map((one) => `Left: ${printable(one)}`), `The certificate: npx tulle erase certificate ${id}`)
  return lines.join('\n')
}

const list = (world: World, options: RemoteOptions): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const found = await client.listErasures({}, { signal: world.signal })
  if (!found.ok) return found
  const { erasures } = found.value
  return ok({ json: erasures, text: () => (erasures.length === 0 ? 'Nobody was erased.' : renderTable([{ title: 'erasure' }, { title: 'state' }, { title: 'key' }, { title: 'by' }, { title: 'asked' }, { title: 'unacknowledged', right: true }],
    erasures.map(({ id, state, subject, requestedBy, requestedAt, consumers }) => [id, state, subject.key, requestedBy, formatInstant(requestedAt), String(consumers.filter(({ acknowledgedAt }) => acknowledgedAt === undefined).length)]))) })
})

const MOST_BYTES = 5_000_000

const verify = (world: World, options: RemoteOptions, file: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  let certificate: string
  try {
    certificate = (await readFile(resolve(world.folder, file), 'utf8')).trim()
  } catch (error) {
    return fail(messages['erasure-certificate-unreadable']({ file, reason: (error as NodeJS.ErrnoException).code ?? 'it cannot be read' }))
  }
  if (certificate === '' || certificate.length > MOST_BYTES) return fail(messages['erasure-certificate-unreadable']({ file, reason: 'it holds none' }))
  const verified = await client.verifyCertificate({ certificate }, { signal: world.signal })
  if (!verified.ok) return verified
  const { claims } = verified.value
  return ok({ json: verified.value, text: () => `The certificate is by this mesh and unchanged: erasure ${printable(String(claims['jti']))}, done on ${formatInstant(String(claims['finishedAt']))}, asked for by ${printable(String(claims['requestedBy']))}.` })
})
