// `tulle token create|list|rotate|revoke`: secrets for programs, which are passwords of SQL clients too.

import type { Command } from 'commander'
import { Option } from 'commander'
import type { ApiToken, MadeToken } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok, systemClock } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { expiryOf, listOf, spanOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { renderTable } from '../table.ts'
import type { World } from '../types.ts'

interface OfOptions extends RemoteOptions { readonly of?: string }
interface CreateOptions extends OfOptions { readonly scope: 'read' | 'full' | 'decide' | 'lineage'; readonly purpose?: string; readonly expires?: string }
interface RotateOptions extends RemoteOptions { readonly overlap: string }

export function registerToken(program: Command, world: World): void {
  const family = program.command('token').description('secrets for programs, at every port')
  withServer(family.command('create'))
    .description('make a token; its secret is printed now and never again')
    .argument('<label>', 'where it will be used')
    .option('--of <account>', 'a service identity that you keep, instead of yourself: product:flights, application:crew_planning')
    .addOption(new Option('--scope <scope>', 'read: data and the catalogue; full: whatever the account may do; decide: nothing but what Trino asks; lineage: nothing but telling events of OpenLineage').choices(['read', 'full', 'decide', 'lineage']).default('read'))
    .option('--purpose <purposes>', 'only for these, with commas')
    .option('--expires <when>', 'a date, or a time from now such as 30d; 90d unless told, 366d at most')
    .action(act(world, (options: CreateOptions, label: string) => create(world, options, label)))
  withServer(family.command('list'))
    .description('list tokens, those that ended too')
    .option('--of <account>', 'a service identity that you keep, or as administrator anybody')
    .action(act(world, (options: OfOptions) => withClient<Answer>(world, options, async (client) => {
      const listed = await client.listTokens(options.of === undefined ? {} : { account: accountOf(options.of) })
      return listed.ok ? ok({ json: listed.value.tokens, text: () => renderTokens(listed.value.tokens) }) : listed
    })))
  withServer(family.command('rotate'))
    .description('make a new secret in the place of a token, which still works for the overlap')
    .argument('<token>', 'its id, as "token list" prints it')
    .option('--overlap <span>', 'how long the old secret still works, such as 12h; 0 ends it at once', '1d')
    .action(act(world, (options: RotateOptions, id: string) => rotate(world, options, id)))
  withServer(family.command('revoke'))
    .description('end a token at once, and every session that came by it')
    .argument('<token>', 'its id, as "token list" prints it')
    .action(act(world, (options: RemoteOptions, id: string) => withClient<Answer>(world, options, async (client) => {
      const revoked = await client.revokeToken({ token: id })
      return revoked.ok ? ok({ json: { id, revoked: true }, text: () => `Token ${id} is revoked.` }) : revoked
    })))
}

/** A service identity is called by a reference, and signs in by a name that a URL and a user name can carry. */
const accountOf = (of: string): string => of.replace(/^(product|application):/, '$1.')

async function create(world: World, options: CreateOptions, label: string): Promise<Result<Answer>> {
  const expiresAt = options.expires === undefined ? ok(undefined) : expiryOf(options.expires, systemClock.now())
  if (!expiresAt.ok) return expiresAt
  const purposes = listOf(options.purpose)
  return withClient<Answer>(world, options, async (client) => {
    const made = await client.createToken({
      label,
      scope: options.scope,
      ...(options.of !== undefined && { account: accountOf(options.of) }),
      ...(purposes !== undefined && { purposes }),
      ...(expiresAt.value !== undefined && { expiresAt: expiresAt.value }),
    })
    return made.ok ? shown(made.value) : made
  })
}

async function rotate(world: World, options: RotateOptions, id: string): Promise<Result<Answer>> {
  const overlap = spanOf('--overlap', options.overlap)
  if (!overlap.ok) return overlap
  return withClient<Answer>(world, options, async (client) => {
    const made = await client.rotateToken({ token: id, overlapSeconds: overlap.value / 1000 })
    return made.ok ? shown(made.value) : made
  })
}

/** The secret alone stands on the last line, so that a script can take it from there. */
const shown = ({ secret, token }: MadeToken): Result<Answer> => ok({
  json: { secret, ...token },
  text: () => `Token ${token.id} of ${token.account}, good until ${formatInstant(token.expiresAt)}. ${token.scope === 'decide' ? 'It asks what others may read, and opens nothing itself.' : token.scope === 'lineage' ? 'It tells events of OpenLineage, and opens nothing.' : `It is also the password of ${token.account} at the SQL port.`} This is shown once:\n${secret}`,
})

function renderTokens(tokens: readonly ApiToken[]): string {
  const now = systemClock.now()
  const state = ({ revokedAt, expiresAt }: ApiToken): string =>
    (revokedAt !== undefined ? `revoked ${formatInstant(revokedAt)}` : Date.parse(expiresAt) <= now ? `ended ${formatInstant(expiresAt)}` : `until ${formatInstant(expiresAt)}`)
  return renderTable(
    [{ title: 'token' }, { title: 'account' }, { title: 'label' }, { title: 'scope' }, { title: 'purposes' }, { title: 'last used' }, { title: 'state' }],
    tokens.map((t) => [t.id, t.account, t.label, t.scope, t.purposes?.join(', ') ?? 'all', t.lastUsedAt === undefined ? 'never' : formatInstant(t.lastUsedAt), state(t)]),
  )
}
