// `tulle account list|show|create|password|set`: the people of the mesh and what is known of them.

import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import type { Account } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { listOf } from '../arguments.ts'
import { askSecret, readSecretFromInput } from '../ask.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { messages } from '../messages.ts'
import { renderFacts, renderTable } from '../table.ts'
import type { World } from '../types.ts'

interface SetOptions extends RemoteOptions {
  readonly role?: string
  readonly title?: string
  readonly teams?: string
  readonly purposes?: string
  readonly attribute: readonly string[]
  readonly without: readonly string[]
}

export function registerAccount(program: Command, world: World): void {
  const family = program.command('account').description('the people of the mesh')
  withServer(family.command('list')).description('list the accounts; administrators only').action(act(world, (options: RemoteOptions) =>
    withClient<Answer>(world, options, async (client) => {
      const listed = await client.listAccounts()
      if (!listed.ok) return listed
      const { accounts } = listed.value
      return ok({
        json: accounts,
        text: () => renderTable(
          [{ title: 'user' }, { title: 'name' }, { title: 'role' }, { title: 'teams' }, { title: 'purposes' }, { title: 'attributes' }, { title: 'state' }],
          accounts.map((a) => [a.name, a.title, a.role, a.teams.join(', '), a.purposes.join(', '), spoken(a.attributes), a.disabledAt === undefined ? '' : 'disabled']),
        ),
      })
    })))
  withServer(family.command('show'))
    .description('show one account; administrators see all, everybody the own one')
    .argument('<user>')
    .action(act(world, (options: RemoteOptions, user: string) => withClient<Answer>(world, options, async (client) => {
      const shown = await client.getAccount({ account: user })
      return shown.ok ? ok({ json: shown.value, text: () => renderAccount(shown.value) }) : shown
    })))
  withServer(family.command('set'))
    .description('change an account, in open sessions too; administrators only')
    .argument('<user>')
    .option('--role <role>', 'administrator, steward, owner, developer or consumer')
    .option('--title <text>', 'what people read instead of the name')
    .option('--teams <teams>', 'all of its teams, with commas; empty for none')
    .option('--purposes <purposes>', 'all purposes that it works for, with commas; empty for none')
    .option('--attribute <name=value>', 'what is known of it, such as region=EU; true, false, numbers and ["a","b"] are taken as such; may be repeated', collect, [])
    .option('--without <name>', 'an attribute to take away; may be repeated', collect, [])
    .action(act(world, (options: SetOptions, user: string) => set(world, options, user)))
  withServer(family.command('disable'))
    .description('shut an account out of every port, in open sessions too; administrators only')
    .argument('<user>')
    .action(act(world, (options: RemoteOptions, user: string) => withClient<Answer>(world, options, async (client) => {
      const disabled = await client.disableAccount({ account: user })
      return disabled.ok ? ok({ json: { account: user, disabled: true }, text: () => `${user} is shut out. The name stays taken.` }) : disabled
    })))
  registerPasswords(family, world)
  registerElevate(family, world)
}

interface CreateOptions extends SetOptions { readonly passwordStdin?: boolean }

function registerPasswords(family: Command, world: World): void {
  withServer(family.command('create'))
    .description('make an account; administrators only. Its password is made up and printed once, unless it is piped in')
    .argument('<user>')
    .option('--role <role>', 'administrator, steward, owner, developer or consumer', 'consumer')
    .option('--title <text>', 'what people read instead of the name')
    .option('--teams <teams>', 'its teams, with commas')
    .option('--purposes <purposes>', 'the purposes that it works for, with commas')
    .option('--attribute <name=value>', 'what is known of it, such as region=EU; may be repeated', collect, [])
    .option('--password-stdin', 'read the password from standard input')
    .action(act(world, (options: CreateOptions, user: string) => create(world, { ...options, without: [] }, user)))
  withServer(family.command('password'))
    .description('set another password and end the sessions of the account: the own one, or as administrator anybody\'s')
    .argument('[user]', 'yourself, unless told')
    .option('--password-stdin', 'read it from standard input; for yourself the present one stands in a line before it')
    .action(act(world, (options: RemoteOptions & { readonly passwordStdin?: boolean }, user: string | undefined) => setPassword(world, options, user)))
}

/** Nobody has to think one up, and nobody needs to be told twice. */
const madeUp = (): string => randomBytes(18).toString('base64url')

async function create(world: World, options: CreateOptions, user: string): Promise<Result<Answer>> {
  const attributes = attributesOf(options)
  if (!attributes.ok) return attributes
  const [teams, purposes] = [listOf(options.teams), listOf(options.purposes)]
  const piped = options.passwordStdin === true
  const password = piped ? await readSecretFromInput() : madeUp()
  return withClient<Answer>(world, options, async (client) => {
    const made = await client.createAccount({
      name: user, password, role: options.role as Account['role'], attributes: attributes.value,
      ...(options.title !== undefined && { title: options.title }),
      ...(teams !== undefined && { teams }),
      ...(purposes !== undefined && { purposes }),
    })
    if (!made.ok) return made
    return ok({ json: { ...made.value, ...(!piped && { password }) }, text: () => (piped ? renderAccount(made.value) : `${renderAccount(made.value)}\nThe password is shown now and never again:\n${password}`) })
  })
}

const setPassword = (world: World, options: RemoteOptions & { readonly passwordStdin?: boolean }, named: string | undefined): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const me = await client.me()
  if (!me.ok) return me
  const user = named ?? me.value.name
  const own = user === me.value.name
  const said = options.passwordStdin === true ? ok((await readSecretFromInput()).split(/\r?\n/u)) : await askPasswords(world, user, own)
  if (!said.ok) return said
  const [present, password = ''] = own ? said.value : [undefined, said.value[0]]
  const set = await client.setPassword({ account: user, password, ...(present !== undefined && { present }) })
  return set.ok ? ok({ json: { account: user, changed: true }, text: () => `${user} has another password, and no open session.` }) : set
})

async function askPasswords(world: World, user: string, own: boolean): Promise<Result<readonly string[]>> {
  const said: string[] = []
  for (const which of own ? ['Present password', 'New password'] : ['New password']) {
    const answer = await askSecret(world, `${which} of ${user}`, 'Pipe it in: tulle account password --password-stdin < file')
    if (!answer.ok) return answer
    said.push(answer.value)
  }
  return ok(said)
}

function registerElevate(family: Command, world: World): void {
  withServer(family.command('elevate'))
    .description('be an administrator for ten minutes; stewards and owners, for a reason that the audit keeps')
    .argument('[reason]', 'what has to be done')
    .option('--end', 'end it before its time')
    .action(act(world, (options: RemoteOptions & { readonly end?: boolean }, reason: string | undefined) => withClient<Answer>(world, options, async (client) => {
      if (options.end === true) {
        const ended = await client.endElevation()
        return ended.ok ? ok({ json: { ended: true }, text: () => 'You are what you were.' }) : ended
      }
      const made = await client.elevate({ justification: reason ?? '' })
      return made.ok ? ok({ json: made.value, text: () => `You are an administrator until ${formatInstant(made.value.endsAt)}.` }) : made
    })))
  withServer(family.command('elevations'))
    .description('list who was an administrator for a while, and why')
    .action(act(world, (options: RemoteOptions) => withClient<Answer>(world, options, async (client) => {
      const listed = await client.listElevations()
      if (!listed.ok) return listed
      const { elevations } = listed.value
      return ok({ json: elevations, text: () => renderTable([{ title: 'user' }, { title: 'from' }, { title: 'until' }, { title: 'reason' }], elevations.map((e) => [e.account, formatInstant(e.startedAt), formatInstant(e.endsAt), e.justification])) })
    })))
}

async function set(world: World, options: SetOptions, user: string): Promise<Result<Answer>> {
  const attributes = attributesOf(options)
  if (!attributes.ok) return attributes
  const { role, title } = options
  const [teams, purposes] = [listOf(options.teams), listOf(options.purposes)]
  return withClient<Answer>(world, options, async (client) => {
    const changed = await client.changeAccount({
      account: user,
      ...(role !== undefined && { role: role as Account['role'] }),
      ...(title !== undefined && { title }),
      ...(teams !== undefined && { teams }),
      ...(purposes !== undefined && { purposes }),
      ...(Object.keys(attributes.value).length > 0 && { attributes: attributes.value }),
    })
    return changed.ok ? ok({ json: changed.value, text: () => renderAccount(changed.value) }) : changed
  })
}

function attributesOf({ attribute, without }: Pick<SetOptions, 'attribute' | 'without'>): Result<Record<string, Json>> {
  const attributes: Record<string, Json> = Object.fromEntries(without.map((name) => [name, null]))
  for (const pair of attribute) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
    if (name === undefined || value === undefined) return fail(messages['bad-argument']({ argument: '--attribute', value: pair, want: 'a name and a value, such as region=EU' }))
    attributes[name] = valueOf(value)
  }
  return ok(attributes)
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

/** What reads as JSON is taken as such; everything else is a text. */
function valueOf(text: string): Json {
  if (!/^(?:true|false|-?\d|\[)/.test(text)) return text
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

const spoken = (attributes: Account['attributes']): string => Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ')

function renderAccount({ name, title, role, teams, domains, purposes, attributes, disabledAt }: Account): string {
  const list = (names: readonly string[]): string => names.join(', ') || '–'
  return renderFacts([
    ['user', name], ['name', title], ['role', role], ['teams', list(teams)], ['domains', list(domains)], ['purposes', list(purposes)],
    ['attributes', spoken(attributes) || '–'], ['state', disabledAt === undefined ? undefined : `disabled at ${disabledAt}`],
  ])
}
