// `tulle access request|list|show|expose|approve|decline|narrow|withdraw|revoke|renew|give-back`: asking for access, and deciding about it.

import type { Command } from 'commander'
import type { AccessHistoryEntry, AccessRequest, AccessTerms, Client, Freeze, Grant } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { counted, fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { durationOf, listOf, productOf, subjectOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { messages } from '../messages.ts'
import { renderFacts, renderTable } from '../table.ts'
import type { World } from '../types.ts'
import { onlyDataSet } from './grant.ts'

interface NarrowOptions extends RemoteOptions { readonly columns?: string; readonly where?: string; readonly for?: string; readonly note?: string; readonly dataSet?: string }
interface RequestOptions extends NarrowOptions {
  readonly subject?: string
  readonly port?: string
  readonly purpose: string
  readonly unmask?: string
  readonly because: string
  readonly accept?: string
}

export function registerAccess(program: Command, world: World): void {
  const family = program.command('access').description('ask for access, and decide about it')
  const command = (name: string, description: string): Command => withServer(family.command(name)).description(description)
  const onRequest = (name: string, description: string, ask: (client: Client, id: string, options: NarrowOptions) => Promise<Result<AccessRequest>>): Command =>
    command(name, description).argument('<request>', REQUEST).action(act(world, (options: NarrowOptions, given: string) => withClient<Answer>(world, options, async (client) => {
      const id = await requestIdOf(client, given, name === 'withdraw' ? 'mine' : 'inbox')
      if (!id.ok) return id
      const done = await ask(client, id.value, options)
      return done.ok ? ok({ json: done.value, text: () => sentenceOf(done.value) }) : done
    })))

  command('request', 'ask for access to a product, or to one data set of it')
    .argument('<product>', 'a product, or one data set of it: flights.flights')
    .requiredOption('--purpose <purpose>', 'what it is for: one of the mesh\'s purposes')
    .requiredOption('--because <text>', 'why: whoever decides reads this')
    .option('--columns <columns>', 'only these columns, with commas')
    .option('--where <condition>', 'only these rows: SQL over the row, such as "carrier = \'AA\'"')
    .option('--for <time>', 'for how long, such as 30d, 12h or 2w; until it is revoked where it is left out')
    .option('--subject <subject>', 'who it is for: a user, team:<name>, domain:<name>, product:<name> or application:<name>; you, where it is left out')
    .option('--port <port>', 'the output port that offers it')
    .option('--unmask <columns>', 'ask for a masking exception: these columns as they are')
    .option('--accept <agreements>', 'the data sharing agreements that you accept, such as terms@2')
    .action(act(world, (options: RequestOptions, product: string) => request(world, options, product)))
  command('list', 'list the requests that you made or may decide')
    .argument('[product]', 'only those for a product')
    .option('--inbox', 'only those that wait for your word')
    .option('--mine', 'only those that you made')
    .option('--state <state>', 'submitted, approved, narrowed, declined, withdrawn or expired')
    .action(act(world, (options: RemoteOptions & { inbox?: true; mine?: true; state?: string }, product: string | undefined) => withClient<Answer>(world, options, async (client) => {
      const view = options.inbox === true ? 'inbox' : options.mine === true ? 'mine' : 'all'
      const listed = await client.listAccessRequests({ view, ...(product !== undefined && { product }), ...(options.state !== undefined && { state: options.state as AccessRequest['state'] }) })
      if (!listed.ok) return listed
      const frozen = await client.listFreezes({ ...(product !== undefined && { product }) })
      if (!frozen.ok) return frozen
      return ok({ json: listed.value.requests, text: () => [renderRequests(listed.value.requests), ...(frozen.value.freezes.length === 0 ? [] : [`Frozen:\n${renderFreezes(frozen.value.freezes)}`])].join('\n\n') })
    })))
  command('frozen', 'list what is frozen: ways that were closed after a suspicious export, and grants that somebody stopped')
    .argument('[product]', 'only those to a product')
    .option('--all', 'also what was opened again')
    .action(act(world, (options: RemoteOptions & { all?: true }, product: string | undefined) => withClient<Answer>(world, options, async (client) => {
      const listed = await client.listFreezes({ state: options.all === true ? 'all' : 'frozen', ...(product !== undefined && { product }) })
      return listed.ok ? ok({ json: listed.value.freezes, text: () => renderFreezes(listed.value.freezes) }) : listed
    })))
  command('show', 'show a request, or a grant, and what happened to it')
    .argument('<id>')
    .action(act(world, (options: RemoteOptions, id: string) => withClient<Answer>(world, options, async (client) => {
      const shown = await client.getAccessRequest({ request: id })
      if (shown.ok) return ok({ json: shown.value, text: () => [renderRequest(shown.value), renderHistory(shown.value.history)].join('\n\n') })
      const given = await client.getGrant({ grant: id })
      return given.ok ? ok({ json: given.value, text: () => [renderGrant(given.value), renderHistory(given.value.history)].join('\n\n') }) : shown
    })))
  narrowed(command('expose', 'see what a request would expose, before you decide: columns, masks, rows').argument('<request>', REQUEST).option('--rows <n>', 'how many rows to show', '10'))
    .action(act(world, (options: NarrowOptions & { rows: string }, given: string) => withClient<Answer>(world, options, async (client) => {
      const by = narrowingOf(options)
      if (!by.ok) return by
      const id = await requestIdOf(client, given, 'inbox')
      if (!id.ok) return id
      const exposed = await client.exposeAccessRequest({ request: id.value, ...by.value, limit: Number(options.rows) })
      return exposed.ok ? ok({ json: exposed.value, text: () => exposed.value.shows.map(renderExposure).join('\n\n') }) : exposed
    })))
  onRequest('approve', 'approve a request as it is', (client, id, { note }) => client.approveAccess({ request: id, ...(note !== undefined && { note }) })).option('--note <text>', 'a word to whoever asked')
  narrowed(onRequest('narrow', 'approve less than was asked for: fewer columns, fewer rows, a shorter time', async (client, id, options) => {
    const by = narrowingOf(options)
    return by.ok ? client.approveAccess({ request: id, ...by.value, ...(options.note !== undefined && { note: options.note }) }) : by
  })).option('--note <text>', 'a word to whoever asked')
  onRequest('decline', 'decline a request, and say why', (client, id, { note }) => client.declineAccess({ request: id, note: note ?? '' })).requiredOption('--note <text>', 'why')
  onRequest('withdraw', 'take your own request back', (client, id) => client.withdrawAccess({ request: id }))

  const onGrant = (name: string, description: string, done: string, ask: (client: Client, id: string, options: NarrowOptions) => Promise<Result<unknown>>): Command =>
    command(name, description).argument('<grant>', GRANT).action(act(world, (options: NarrowOptions, given: string) => withClient<Answer>(world, options, async (client) => {
      const id = await grantIdOf(client, given)
      if (!id.ok) return id
      const changed = await ask(client, id.value, options)
      return changed.ok ? ok({ json: changed.value ?? { id: id.value, state: done }, text: () => `Grant ${id.value} is ${done}.` }) : changed
    })))
  onGrant('revoke', 'end a grant at once, in open sessions too', 'revoked', (client, id) => client.revokeGrant({ grant: id }))
  onGrant('give-back', 'end a grant of your own', 'given back', (client, id) => client.giveGrantBack({ grant: id }))
  onGrant('freeze', 'stop a grant at once until it is thawed', 'frozen', (client, id, { note }) => client.freezeGrant({ grant: id, note: note ?? '' })).requiredOption('--note <text>', 'why')
  command('thaw', 'open what is frozen: a way that was closed after a suspicious export, or a grant')
    .argument('<frozen>', 'its id, as "access frozen" prints it, or a product of which one thing is frozen')
    .action(act(world, (options: RemoteOptions, given: string) => withClient<Answer>(world, options, async (client) => {
      const listed = await client.listFreezes(ID.test(given) ? {} : { product: given })
      if (!listed.ok) return listed
      const id = ID.test(given) ? ok(given) : onlyOne(given, listed.value.freezes.map((one) => one.id), 'something frozen')
      if (!id.ok) return id
      const thawed = await client.thawFreeze({ freeze: id.value })
      return thawed.ok ? ok({ json: thawed.value, text: () => `${nameOf(thawed.value)} may read ${thawed.value.product} again.` }) : thawed
    })))
  command('renew', 'ask for more time of a grant')
    .argument('<grant>', GRANT)
    .requiredOption('--because <text>', 'why: whoever decides reads this')
    .option('--for <time>', 'for how long from the approval on, such as 30d')
    .action(act(world, (options: NarrowOptions & { because: string }, given: string) => withClient<Answer>(world, options, async (client) => {
      const id = await grantIdOf(client, given)
      if (!id.ok) return id
      const seconds = options.for === undefined ? ok(undefined) : durationOf('--for', options.for)
      if (!seconds.ok) return seconds
      const renewed = await client.renewGrant({ grant: id.value, justification: options.because, ...(seconds.value !== undefined && { seconds: seconds.value }) })
      return renewed.ok ? ok({ json: renewed.value, text: () => sentenceOf(renewed.value) }) : renewed
    })))
}

const REQUEST = 'its id, as "access list" prints it, or a product of which a single one waits'
const GRANT = 'its id, as "grants list" prints it, or a product of which a single one is in force'
const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/u

async function requestIdOf(client: Client, given: string, view: 'inbox' | 'mine'): Promise<Result<string>> {
  if (ID.test(given)) return ok(given)
  const listed = await client.listAccessRequests({ view, state: 'submitted', product: given })
  return listed.ok ? onlyOne(given, listed.value.requests.filter(({ state }) => state === 'submitted').map(({ id }) => id), 'a request') : listed
}

async function grantIdOf(client: Client, given: string): Promise<Result<string>> {
  if (ID.test(given)) return ok(given)
  const listed = await client.listGrants({ product: given })
  return listed.ok ? onlyOne(given, listed.value.grants.filter(({ state }) => state === 'active' || state === 'frozen').map(({ id }) => id), 'a grant') : listed
}

function onlyOne(given: string, ids: readonly string[], what: string): Result<string> {
  const [id, ...others] = ids
  if (id !== undefined && others.length === 0) return ok(id)
  return fail(messages['bad-argument']({ argument: what, value: given, want: id === undefined ? `an id: of this product there is none for you` : `one of the ids ${ids.join(', ')}` }))
}

const narrowed = (command: Command): Command => command
  .option('--columns <columns>', 'only these of the columns, with commas')
  .option('--where <condition>', 'only these of the rows: SQL over the row')
  .option('--for <time>', 'for no longer than this, such as 30d')
  .option('--data-set <name>', 'only this data set of the product')

type Narrow = { dataSet?: string; columns?: string[]; rowCondition?: string; seconds?: number }
function narrowingOf({ columns, where, for: time, dataSet }: NarrowOptions): Result<Narrow> {
  const seconds = time === undefined ? ok(undefined) : durationOf('--for', time)
  if (!seconds.ok) return seconds
  const names = listOf(columns)
  return ok({ ...(dataSet !== undefined && { dataSet }), ...(names !== undefined && { columns: names }), ...(where !== undefined && { rowCondition: where }), ...(seconds.value !== undefined && { seconds: seconds.value }) })
}

async function request(world: World, options: RequestOptions, what: string): Promise<Result<Answer>> {
  const ref = productOf(what)
  if (!ref.ok) return ref
  const by = narrowingOf(options)
  if (!by.ok) return by
  const unmask = listOf(options.unmask)
  return withClient<Answer>(world, options, async (client) => {
    const needsDataSet = (by.value.columns ?? by.value.rowCondition ?? unmask) !== undefined && options.port === undefined
    const dataSet = ref.value.dataSet ?? (needsDataSet ? await onlyDataSet(client, ref.value.product) : undefined)
    const made = await client.requestAccess({
      product: ref.value.product,
      ...by.value,
      ...(dataSet !== undefined && { dataSet }),
      ...(options.subject !== undefined && subjectOf(options.subject)),
      ...(options.port !== undefined && { outputPort: options.port }),
      ...(unmask !== undefined && { unmask }),
      purpose: options.purpose,
      justification: options.because,
      agreements: listOf(options.accept) ?? [],
    })
    return made.ok ? ok({ json: made.value, text: () => sentenceOf(made.value) }) : made
  })
}

function sentenceOf(made: AccessRequest): string {
  switch (made.state) {
    case 'submitted': {
      const said = made.verdicts.length
      return `Request ${made.id} waits for ${made.persons - said > 1 ? `${made.persons - said} persons` : said > 0 ? 'one more person' : 'an owner or steward'} of ${made.product} to decide.`
    }
    case 'approved':
    case 'narrowed':
      return `Request ${made.id} is ${made.state}: ${nameOf(made)} may read ${spoken(made.product, made.verdicts.at(-1)?.terms ?? made.terms)} for ${made.purpose} (grant ${made.grant}).`
    default:
      return `Request ${made.id} is ${made.state}.`
  }
}

const nameOf = ({ subjectKind, subject }: Pick<AccessRequest, 'subjectKind' | 'subject'>): string => (subjectKind === 'user' ? subject : `${subjectKind}:${subject}`)

function spoken(product: string, { dataSet, columns, rowCondition, unmasked, seconds }: AccessTerms): string {
  return [
    columns === undefined ? '' : `${columns.join(', ')} of `, dataSet === undefined ? product : `${product}.${dataSet}`,
    unmasked === undefined ? '' : `, ${unmasked.join(', ')} without masks`, rowCondition === undefined ? '' : ` where ${rowCondition}`, seconds === undefined ? '' : ` for ${spanText(seconds)}`,
  ].join('')
}

const spanText = (seconds: number): string => (seconds % 86_400 === 0 ? counted(seconds / 86_400, 'day') : seconds % 3_600 === 0 ? counted(seconds / 3_600, 'hour') : `${seconds} s`)

const renderRequests = (requests: readonly AccessRequest[]): string => renderTable(
  [{ title: 'request' }, { title: 'state' }, { title: 'for' }, { title: 'asks for' }, { title: 'purpose' }, { title: 'asked by' }, { title: 'asked' }],
  requests.map((r) => [r.id, stateOf(r), nameOf(r), `${r.kind === 'renew' ? 'more time of ' : ''}${spoken(r.product, r.terms)}`, r.purpose, r.requestedBy, formatInstant(r.requestedAt)]),
)

const stateOf = (r: AccessRequest): string => (r.state === 'submitted' && r.persons === 2 ? `submitted, ${r.verdicts.length} of 2` : r.state)

const renderFreezes = (freezes: readonly Freeze[]): string => renderTable(
  [{ title: 'frozen' }, { title: 'what' }, { title: 'of' }, { title: 'product' }, { title: 'since' }, { title: 'by' }, { title: 'why' }, { title: 'opened' }],
  freezes.map((f) => [f.id, f.kind === 'export' ? 'every way' : 'a grant', nameOf(f), f.product, formatInstant(f.at), f.by, f.why, f.thawedAt === undefined ? '' : `${formatInstant(f.thawedAt)} by ${f.thawedBy ?? ''}`]),
)

const renderRequest = (r: AccessRequest): string => renderFacts([
  ['request', r.id], ['state', stateOf(r)], ['for', nameOf(r)], ['asks for', spoken(r.product, r.terms)], ['purpose', r.purpose], ['because', r.justification],
  ['agreements', r.agreements.join(', ') || undefined], ['asked', `${formatInstant(r.requestedAt)} by ${r.requestedBy}`], ['renews', r.renews], ['grant', r.grant],
  ...r.verdicts.map((v): [string, string] => [v.verdict, [`by ${v.by}`, v.verdict === 'narrow' && v.terms !== undefined ? `to ${spoken(r.product, v.terms)}` : '', v.note ?? ''].filter((part) => part !== '').join(': ')]),
])

const renderGrant = (g: Grant): string => renderFacts([
  ['grant', g.id], ['state', g.state], ['for', nameOf(g)], ['may read', g.dataSet === undefined ? g.product : `${g.product}.${g.dataSet}`], ['columns', g.columns?.join(', ') ?? 'all'], ['where', g.rowCondition],
  ['without masks', g.unmasked?.join(', ')], ['purposes', g.purposes.join(', ')], ['given', `${formatInstant(g.grantedAt)} by ${g.grantedBy}`], ['until', g.expiresAt === undefined ? undefined : formatInstant(g.expiresAt)], ['request', g.request],
])

const renderHistory = (history: readonly AccessHistoryEntry[]): string =>
  renderTable([{ title: 'when' }, { title: 'what' }, { title: 'by' }, { title: 'note' }], history.map((h) => [formatInstant(h.at), h.change, h.by, h.note ?? '']))

type Exposed = Extract<Awaited<ReturnType<Client['exposeAccessRequest']>>, { ok: true }>['value']['shows'][number]

function renderExposure(shown: Exposed): string {
  const seen = shown.columns.filter(({ visible }) => visible)
  const facts = renderFacts([
    ['data set', shown.dataSet], ['columns', seen.map(({ name, masked }) => (masked ? `${name} (masked)` : name)).join(', ') || 'none'],
    ['hidden', shown.columns.filter(({ visible }) => !visible).map(({ name }) => name).join(', ') || undefined],
    ['condition reads', shown.conditionReads.join(', ') || undefined], ['rows', shown.rows === undefined ? undefined : String(shown.rows)], ['no rows shown', shown.withheld],
    ...shown.reasons.map((reason): [string, string] => ['because', reason]),
  ])
  if (shown.preview === undefined) return facts
  const text = (value: Json): string => (value === null ? '∅' : typeof value === 'string' ? value : JSON.stringify(value))
  return [facts, renderTable(shown.preview.columns.map((title) => ({ title })), shown.preview.rows.map((row) => row.map((value) => text(value))))].join('\n\n')
}
