// `tulle incidents`: what broke, whom it reaches, and who looks after it.

import type { Command } from 'commander'
import { Option } from 'commander'
import type { IncidentDetail } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { renderFacts, renderTable } from '../table.ts'
import type { World } from '../types.ts'

const STATES = ['unresolved', 'open', 'acknowledged', 'resolved'] as const

interface ListOptions extends RemoteOptions { readonly product?: string; readonly state?: (typeof STATES)[number]; readonly limit: string }
interface NoteOptions extends RemoteOptions { readonly note?: string }

export function registerIncidents(program: Command, world: World): void {
  const family = program.command('incidents').description('what broke, whom it reaches, and who looks after it')
  withServer(family.command('list'))
    .description('list them, newest first')
    .option('--product <product>', 'only those of a product')
    .addOption(new Option('--state <state>', 'only those in a state').choices(STATES))
    .option('-n, --limit <count>', 'how many', '20')
    .action(act(world, (options: ListOptions) => list(world, options)))
  withServer(family.command('show').argument('<incident>'))
    .description('show cause, whom it reaches, and timeline')
    .action(act(world, (options: RemoteOptions, incident: string) => withClient<Answer>(world, options, async (client) => shown(await client.getIncident({ incident })))))
  withServer(family.command('ack').argument('<incident>'))
    .description('say that you look after it')
    .option('--note <text>', 'what others should know')
    .action(act(world, (options: NoteOptions, incident: string) => withClient<Answer>(world, options, async (client) => shown(await client.acknowledgeIncident({ incident, ...noteOf(options) })))))
  withServer(family.command('resolve').argument('<incident>'))
    .description('say that it is over; where its cause still holds, the next look opens another')
    .option('--note <text>', 'what was done')
    .action(act(world, (options: NoteOptions, incident: string) => withClient<Answer>(world, options, async (client) => shown(await client.resolveIncident({ incident, ...noteOf(options) })))))
  withServer(family.command('subscribe').argument('<product>'))
    .description('hear of the incidents of a product, in the console and by tulle notices')
    .option('--end', 'no longer')
    .action(act(world, (options: RemoteOptions & { readonly end?: boolean }, product: string) => withClient<Answer>(world, options, async (client) => {
      const done = options.end === true ? await client.unsubscribeFromIncidents({ product }) : await client.subscribeToIncidents({ product })
      return done.ok ? ok({ json: done.value, text: () => (done.value.subscribed ? `You hear of the incidents of ${product}.` : `You no longer hear of the incidents of ${product}.`) }) : done
    })))
}

const noteOf = ({ note }: NoteOptions): { readonly note?: string } => (note === undefined ? {} : { note })

const list = (world: World, options: ListOptions): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const limit = countOf('--limit', options.limit, 1000)
  if (!limit.ok) return limit
  const { product, state } = options
  const listed = await client.listIncidents({ limit: limit.value, ...(product !== undefined && { product }), ...(state !== undefined && { state }) })
  if (!listed.ok) return listed
  const { incidents } = listed.value
  return ok({
    json: listed.value,
    text: () => (incidents.length === 0 ? 'No incident.' : renderTable(
      [{ title: 'incident' }, { title: 'state' }, { title: 'product' }, { title: 'opened' }, { title: 'what' }, { title: 'reaches' }],
      incidents.map((one) => [one.id, one.state, one.product, formatInstant(one.openedAt), one.sentence, `${counted(one.downstream.length, 'product')}, ${counted(one.consumers, 'consumer')}`]),
    )),
  })
})

function shown(answer: Result<IncidentDetail>): Result<Answer> {
  if (!answer.ok) return answer
  const incident = answer.value
  return ok({
    json: incident,
    text: () => [
      renderFacts([
        ['incident', incident.id], ['product', incident.product], ['state', incident.state], ['cause', incident.cause], ['what', incident.sentence], ['run', incident.runId],
        ['opened', formatInstant(incident.openedAt)], ['came again', incident.repeats === 0 ? undefined : String(incident.repeats)],
        ['downstream', incident.downstream.join(', ') || undefined],
        ['consumers', incident.consumers.map(({ kind, name }) => `${kind} ${name}`).join(', ') || (incident.consumerCount === 0 ? undefined : String(incident.consumerCount))],
      ]),
      renderTable([{ title: 'when' }, { title: 'what' }, { title: 'by' }, { title: 'note' }], incident.timeline.map(({ at, what, by, note }) => [formatInstant(at), what, by ?? '', note ?? ''])),
    ].join('\n\n'),
  })
}
