// `tulle account list`: who there is, for administrators.

import type { Command } from 'commander'
import { ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { renderTable } from '../table.ts'
import type { World } from '../types.ts'

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
          [{ title: 'user' }, { title: 'name' }, { title: 'role' }, { title: 'teams' }, { title: 'purposes' }, { title: 'state' }],
          accounts.map((a) => [a.name, a.title, a.role, a.teams.join(', '), a.purposes.join(', '), a.disabledAt === undefined ? '' : 'disabled']),
        ),
      })
    })))
}
