// `tulle grant` and `tulle grants list|revoke`: who may read what, for which purpose.

import type { Command } from 'commander'
import type { Client, Grant } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok, systemClock } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { expiryOf, listOf, productOf, subjectOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { renderTable } from '../table.ts'
import type { World } from '../types.ts'

interface GrantOptions extends RemoteOptions { readonly purpose: string; readonly columns?: string; readonly expires?: string }

export function registerGrant(program: Command, world: World): void {
  withServer(program.command('grant'))
    .description('let somebody read a product, from this moment on')
    .argument('<subject>', 'a user, team:<name>, domain:<name>, product:<name> or application:<name>')
    .argument('<product>', 'a product, or one data set of it: flights.flights')
    .requiredOption('--purpose <purposes>', 'what it may be used for; several with commas')
    .option('--columns <columns>', 'only these columns, with commas')
    .option('--expires <when>', 'a date, or a time from now such as 30d')
    .action(act(world, (options: GrantOptions, subject: string, product: string) => grant(world, options, subject, product)))
  const family = program.command('grants').description('the grants there are')
  withServer(family.command('list'))
    .description('list them')
    .argument('[product]', 'only those on a product')
    .action(act(world, (options: RemoteOptions, product: string | undefined) => withClient<Answer>(world, options, async (client) => {
      const listed = await client.listGrants(product === undefined ? {} : { product })
      return listed.ok ? ok({ json: listed.value.grants, text: () => renderGrants(listed.value.grants) }) : listed
    })))
  withServer(family.command('revoke'))
    .description('end one at once, in open sessions too')
    .argument('<grant>', 'its id, as "grants list" prints it')
    .action(act(world, (options: RemoteOptions, id: string) => withClient<Answer>(world, options, async (client) => {
      const revoked = await client.revokeGrant({ grant: id })
      return revoked.ok ? ok({ json: { id, revoked: true }, text: () => `Grant ${id} is revoked.` }) : revoked
    })))
}

async function grant(world: World, options: GrantOptions, who: string, what: string): Promise<Result<Answer>> {
  const ref = productOf(what)
  if (!ref.ok) return ref
  const expiresAt = options.expires === undefined ? ok(undefined) : expiryOf(options.expires, systemClock.now())
  if (!expiresAt.ok) return expiresAt
  const columns = listOf(options.columns)
  return withClient<Answer>(world, options, async (client) => {
    const dataSet = ref.value.dataSet ?? (columns === undefined ? undefined : await onlyDataSet(client, ref.value.product))
    const created = await client.createGrant({
      ...subjectOf(who),
      product: ref.value.product,
      ...(dataSet !== undefined && { dataSet }),
      purposes: listOf(options.purpose) ?? [],
      ...(columns !== undefined && { columns }),
      ...(expiresAt.value !== undefined && { expiresAt: expiresAt.value }),
    })
    if (!created.ok) return created
    return ok({ json: created.value, text: () => `${who} may read ${columns === undefined ? '' : `${columns.join(', ')} of `}${what} for ${created.value.purposes.join(', ')} (grant ${created.value.id}).` })
  })
}

/** Columns are of a data set; where the product has just one, nobody need name it. */
export async function onlyDataSet(client: Client, product: string): Promise<string | undefined> {
  const shown = await client.getProduct({ product })
  const dataSets = shown.ok ? shown.value.dataSets.filter((dataSet) => dataSet.contract !== undefined) : []
  return dataSets.length === 1 ? dataSets[0]?.name : undefined
}

function renderGrants(grants: readonly Grant[]): string {
  const state = (g: Grant): string => (g.revokedAt !== undefined ? `revoked ${formatInstant(g.revokedAt)}` : g.state === 'frozen' ? 'frozen' : g.expiresAt !== undefined ? `${g.state === 'expired' ? 'expired' : 'until'} ${formatInstant(g.expiresAt)}` : 'valid')
  return renderTable(
    [{ title: 'grant' }, { title: 'subject' }, { title: 'may read' }, { title: 'columns' }, { title: 'purposes' }, { title: 'given by' }, { title: 'state' }],
    grants.map((g) => [
      g.id, g.subjectKind === 'user' ? g.subject : `${g.subjectKind}:${g.subject}`, g.dataSet === undefined ? g.product : `${g.product}.${g.dataSet}`,
      g.columns?.join(', ') ?? 'all', g.purposes.join(', '), g.grantedBy, state(g),
    ]),
  )
}
