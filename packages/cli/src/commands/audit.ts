// `tulle audit list|show|verify|export|forget|exports|thaw`: what was decided and done, and whether it stands as it was written.

import type { Command } from 'commander'
import { Option } from 'commander'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { AuditAnchor, AuditEntry, AuditVerification, Client, StoppedExport } from '@tulle/api'
import { auditLine, readsOf, whatOf } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf } from '../arguments.ts'
import { findServer, withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatCount, formatInstant } from '../format.ts'
import { homeOf } from '../home.ts'
import { messages } from '../messages.ts'
import { offline } from '../offline.ts'
import { renderFacts, renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

interface Filters extends RemoteOptions {
  readonly subject?: string
  readonly product?: string
  readonly port?: string
  readonly purpose?: string
  readonly decision?: 'allow' | 'deny'
  readonly outcome?: string
  readonly token?: string
  readonly from?: string
  readonly to?: string
}
interface ListOptions extends Filters { readonly limit: string; readonly before?: string }
interface VerifyOptions extends RemoteOptions { readonly folder?: string; readonly anchors?: string; readonly file?: string }

const filtered = (command: Command): Command => command
  .option('--subject <user>', 'only of this user')
  .option('--product <product>', 'only where this product is read or changed')
  .option('--port <port>', 'only at this port: sql, rest, iceberg, catalogue, sign-in, api, event')
  .option('--purpose <purpose>', 'only for this purpose')
  .addOption(new Option('--decision <decision>', 'only these').choices(['allow', 'deny']))
  .option('--outcome <code>', 'only with this outcome: ok, or the code of an error')
  .option('--token <token>', 'only what came by this API token, as "tulle token list" prints it')
  .option('--from <instant>', 'only from this moment on, such as 2026-01-31T08:00:00Z')
  .option('--to <instant>', 'only before this moment')

export function registerAudit(program: Command, world: World): void {
  const family = program.command('audit').description('what was decided and done, in a chain that shows every alteration')
  filtered(withServer(family.command('list')))
    .description('list lines, newest first; owners see those on their products')
    .option('-n, --limit <count>', 'how many', '50')
    .option('--before <number>', 'only entries with a smaller number')
    .action(act(world, (options: ListOptions) => list(world, options)))
  withServer(family.command('show').argument('<number>', 'the number of an entry'))
    .description('show one entry; with --values also what stood in its statement, for administrators')
    .option('--values', 'also the values, which is written down as well')
    .action(act(world, (options: RemoteOptions & { readonly values?: boolean }, number: string) => show(world, options, number)))
  withServer(family.command('verify'))
    .description('read every entry and compare it with the anchors; exit code 1 where one was altered')
    .option('--folder <folder>', 'read this folder, and ask no server')
    .option('--file <file>', 'read what "tulle audit export" wrote, and ask no server')
    .option('--anchors <file>', 'compare with the anchors in this file: a copy that was kept elsewhere')
    .action(act(world, (options: VerifyOptions) => verify(world, options)))
  filtered(withServer(family.command('export')))
    .description('print entries as lines of JSON, oldest first, with the anchors that prove them')
    .action(act(world, (options: Filters) => exportAll(world, options)))
  withServer(family.command('forget').argument('<what>', 'the number of an entry, or the name of a user'))
    .description('destroy the keys of its values: they are gone, and the chain stands')
    .action(act(world, (options: RemoteOptions, what: string) => forget(world, options, what)))
  withServer(family.command('exports')).description('list suspicious exports that were stopped').action(act(world, (options: RemoteOptions) => listExports(world, options)))
  withServer(family.command('thaw').argument('<export>', 'as "tulle audit exports" prints it'))
    .description('open the way that was closed when an export was stopped')
    .action(act(world, (options: RemoteOptions, id: string) => thaw(world, options, id)))
}

const filtersOf = ({ subject, product, port, purpose, decision, outcome, token, from, to }: Filters) => ({
  ...(subject !== undefined && { subject }), ...(product !== undefined && { product }), ...(port !== undefined && { port }), ...(purpose !== undefined && { purpose }),
  ...(decision !== undefined && { decision }), ...(outcome !== undefined && { outcome }), ...(token !== undefined && { token }), ...(from !== undefined && { from }), ...(to !== undefined && { to }),
})

const list = (world: World, options: ListOptions): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const limit = countOf('--limit', options.limit, 1000)
  if (!limit.ok) return limit
  const before = options.before === undefined ? ok(undefined) : countOf('--before', options.before, Number.MAX_SAFE_INTEGER)
  if (!before.ok) return before
  const listed = await client.listAudit({ kind: 'line', limit: limit.value, ...filtersOf(options), ...(before.value !== undefined && { before: before.value }) }, { signal: world.signal })
  if (!listed.ok) return listed
  const { entries, next } = listed.value
  return ok({ json: listed.value, text: () => `${renderLines(entries)}${next === undefined ? '' : `\n\nMore with --before ${next}`}` })
})

function renderLines(entries: readonly AuditEntry[]): string {
  return renderTable(
    [{ title: 'entry', right: true }, { title: 'time' }, { title: 'who' }, { title: 'port' }, { title: 'purpose' }, { title: 'decision' }, { title: 'outcome' }, { title: 'rows', right: true }, { title: 'read' }, { title: 'what' }],
    entries.map((entry) => {
      const line = auditLine(entry)
      const { subject = '', port = '', purpose, decision = '', outcome = '', rows } = line
      const what = whatOf(line)
      return [String(entry.seq), formatInstant(entry.time), subject, port, purpose ?? '', decision, outcome, formatCount(rows), readsOf(line).join(' '), what.length > 80 ? `${what.slice(0, 80)}…` : what]
    }),
  )
}

const show = (world: World, options: RemoteOptions & { readonly values?: boolean }, number: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const seq = countOf('number', number, Number.MAX_SAFE_INTEGER - 1)
  if (!seq.ok) return seq
  const listed = await client.listAudit({ before: seq.value + 1, limit: 1 })
  if (!listed.ok) return listed
  const entry = listed.value.entries.find((one) => one.seq === seq.value)
  if (entry === undefined) return fail(messages['bad-argument']({ argument: 'number', value: number, want: 'the number of an entry that you may see' }))
  const values = options.values === true ? await client.revealAudit({ seq: seq.value }) : ok(undefined)
  if (!values.ok) return values
  const { values: shown } = values.value ?? {}
  return ok({ json: { ...entry, ...(shown !== undefined && { values: shown }) }, text: () => `${printable(JSON.stringify(entry.body, null, 2)).replaceAll('\\u000a', '\n')}${shown === undefined ? '' : `\n${shown.map((value) => printable(JSON.stringify(value))).join('\n')}`}` })
})

async function verify(world: World, options: VerifyOptions): Promise<Result<Answer>> {
  const { readAnchorFile, verifyChain, verifyExport } = await import('@tulle/audit')
  const anchors = options.anchors === undefined ? ok(undefined) : await readAnchorFile(resolve(world.folder, options.anchors))
  if (!anchors.ok) return anchors
  const outside = anchors.value === undefined ? undefined : { anchors: anchors.value, whole: false }
  if (options.file !== undefined) return answerOf(await verifyExport(resolve(world.folder, options.file), outside))
  if (options.folder !== undefined || outside !== undefined) return answerOf(await verifyChain(options.folder === undefined ? join(homeOf(world), 'audit') : resolve(world.folder, options.folder), outside))
  if (findServer(world).ok) {
    return withClient<Answer>(world, options, async (client) => {
      const verified = await client.verifyAudit({}, { signal: world.signal })
      return verified.ok ? answerOf(verified.value) : verified
    })
  }
  const home = homeOf(world)
  if (!existsSync(join(home, 'audit'))) return fail(messages['not-running']({ home }))
  const verified = await offline<AuditVerification>(world, { do: 'verify-audit', home })
  return verified.ok ? answerOf(verified.value) : verified
}

function answerOf(verified: Omit<AuditVerification, 'diagnostics'> & { readonly diagnostics: AuditVerification['diagnostics'] | readonly AuditVerification['diagnostics'][number][] }): Result<Answer> {
  const { whole, entries, segments, anchors, anchoredUpTo } = verified
  return ok({
    json: verified,
    text: () => (whole ? `${counted(entries, 'entry').replace(/entrys$/u, 'entries')} in ${counted(segments, 'file')} stand as they were written; ${counted(anchors, 'anchor')} agree${anchoredUpTo === undefined ? '' : `, the last one on entry ${formatCount(anchoredUpTo)}`}.` : `${formatCount(entries)} entries stand as they were written before the place that was altered.`),
    exit: whole ? 0 : 1,
  }, verified.diagnostics)
}

const exportAll = (world: World, options: Filters): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  // Anchors last: what was written since the last entry is held by none of them.
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<Client['listAudit']>> = await client.listAudit({ after, limit: 1000, ...filtersOf(options) }, { signal: world.signal })
    if (!page.ok) return page
    for (const entry of page.value.entries) world.terminal.out(JSON.stringify({ entry }))
    await world.terminal.drained()
    after = page.value.next
  }
  const listed = await client.listAuditAnchors({})
  const anchors: readonly AuditAnchor[] = listed.ok ? listed.value.anchors : []
  for (const anchor of anchors) world.terminal.out(JSON.stringify({ anchor }))
  return ok({})
})

const forget = (world: World, options: RemoteOptions, what: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const done = await client.forgetAudit(/^[0-9]{1,15}$/u.test(what) ? { seq: Number(what) } : { subject: what })
  if (!done.ok) return done
  return ok({ json: done.value, text: () => `The values of ${counted(done.value.destroyed, 'entry').replace(/entrys$/u, 'entries')} are gone; the entries stand.` })
})

const listExports = (world: World, options: RemoteOptions): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const listed = await client.listStoppedExports()
  if (!listed.ok) return listed
  const { exports } = listed.value
  return ok({
    json: exports,
    text: () => renderTable(
      [{ title: 'export' }, { title: 'at' }, { title: 'who' }, { title: 'product' }, { title: 'too much' }, { title: 'in an hour', right: true }, { title: 'allowed', right: true }, { title: 'by' }, { title: 'state' }],
      exports.map((one) => [one.id, formatInstant(one.at), one.subject, one.product, one.what, formatCount(one.amount), formatCount(one.allowed), one.rule, stateOf(one)]),
    ),
  })
})

const stateOf = ({ thawedAt, thawedBy }: StoppedExport): string => (thawedAt === undefined ? 'frozen' : `opened by ${thawedBy ?? ''}`)

const thaw = (world: World, options: RemoteOptions, id: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const done = await client.thawExport({ export: id })
  if (!done.ok) return done
  const { subject, product, what, amount } = done.value
  return ok({ json: done.value, text: () => `${subject} may read ${product} again.\n${renderFacts([['was stopped at', `${formatCount(amount)} ${what} in an hour`]])}` })
})
