// `tulle notices`: what there is to hear of products that the caller runs or reads, and who was told.

import type { Command } from 'commander'
import type { Notice } from '@tulle/api'
import { ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { renderTable } from '../table.ts'
import type { World } from '../types.ts'

interface NoticesOptions extends RemoteOptions { readonly limit: string; readonly seen?: boolean }

export function registerNotices(program: Command, world: World): void {
  withServer(program.command('notices'))
    .description('which runs failed, which products are late, which rows were set aside, which versions are to go, and who was told')
    .option('-n, --limit <count>', 'how many', '20')
    .option('--seen', 'mark all as seen')
    .action(act(world, (options: NoticesOptions) => notices(world, options)))
}

const notices = (world: World, options: NoticesOptions): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const limit = countOf('--limit', options.limit, 500)
  if (!limit.ok) return limit
  const listed = await client.listNotices({ limit: limit.value })
  if (!listed.ok) return listed
  const seen = options.seen === true ? await client.markNoticesSeen({}) : ok(undefined)
  if (!seen.ok) return seen
  return ok({
    json: listed.value,
    text: () => (listed.value.notices.length === 0 ? 'Nothing to tell.' : renderTable(
      [{ title: '' }, { title: 'when' }, { title: 'product' }, { title: 'what' }, { title: 'told' }],
      listed.value.notices.map((one) => [one.isNew ? 'new' : '', formatInstant(one.at), one.product, one.sentence, told(one)]),
    )),
  })
})

const told = ({ deliveries }: Notice): string => deliveries.map(({ to, status, trouble }) => `${to} ${status}${trouble === undefined ? '' : ` (${trouble})`}`).join('; ')
