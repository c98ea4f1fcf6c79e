// `tulle account list|show|set`: the people of the mesh and what is known of them.

import type { Command } from 'commander'
import type { Account } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { listOf } from '../arguments.ts'
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
  registerElevate(family, world)
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
  const attributes: Record<string, Json> = Object.fromEntries(options.without.map((name) => [name, null]))
  for (const pair of options.attribute) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
    if (name === undefined || value === undefined) return fail(messages['bad-argument']({ argument: '--attribute', value: pair, want: 'a name and a value, such as region=EU' }))
    attributes[name] = valueOf(value)
  }
  const { role, title } = options
  const [teams, purposes] = [listOf(options.teams), listOf(options.purposes)]
  return withClient<Answer>(world, options, async (client) => {
    const changed = await client.changeAccount({
      account: user,
      ...(role !== undefined && { role: role as Account['role'] }),
      ...(title !== undefined && { title }),
      ...(teams !== undefined && { teams }),
      ...(purposes !== undefined && { purposes }),
      ...(Object.keys(attributes).length > 0 && { attributes }),
    })
    return changed.ok ? ok({ json: changed.value, text: () => renderAccount(changed.value) }) : changed
  })
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
