// What a request would expose, for whoever decides it: columns, masks, how many rows and some of them, as the subject would
// see them. Nobody is shown by it what they may not see themselves: deciding about data is no right to read it.

import { judgeTerms } from '@tulle/access'
import type { Narrowing, RequestRecord } from '@tulle/access'
import type { Endpoints, OutputOf } from '@tulle/api'
import type { Audit } from '@tulle/audit'
import type { Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Decision, Subject } from '@tulle/policy'
import { decideRead } from '../house.ts'
import type { House } from '../house.ts'
import type { Preview } from '../preview.ts'
import { openPreview } from '../preview.ts'
import { toShown, toTerms } from './access-views.ts'

type Exposure = OutputOf<Endpoints['exposeAccessRequest']>
type Shown = Exposure['shows'][number]

interface Exposing { readonly record: RequestRecord; readonly caller: Subject; readonly narrowing: Narrowing; readonly limit: number; readonly signal: AbortSignal }

export async function exposeRequest(house: House, { record, caller, narrowing, limit, signal }: Exposing): Promise<Result<Exposure>> {
  const judged = await judgeTerms(house.desk, record, narrowing)
  if (!judged.ok) return judged
  const { facts, terms, shows, subject, policy, conditionReads } = judged.value
  // Whoever looks is who reads, whatever the rows are shown as.
  const audit: Audit = {
    ready: () => house.audit.ready(),
    record: (line) => house.audit.record({ ...line, subject: caller.name, subjectId: caller.id, deed: { preview: record.id, as: subject.name } }),
  }
  const asker = { subject: subject.subject, purpose: record.purpose, purposes: [record.purpose] }
  const looks = new Map((['sql', 'rest'] as const).map((port) => [port, openPreview({ ...house, environment: house.access.environment, folder: house.enginesFolder, audit }, { asker, policy, port })]))
  try {
    const exposed: Shown[] = []
    for (const shown of toShown({ facts, terms, shows })) {
      const dataSet = facts.dataSets.find(({ name }) => name === shown.dataSet)
      const would = shows.find((show) => show.dataSet === shown.dataSet)?.decision
      const resource = { product: facts.product, dataSet: { name: shown.dataSet, columns: dataSet?.columns ?? [] } }
      const own = await decideRead(house, caller, resource, record.purpose)
      const base = { ...shown, conditionReads: [...conditionReads] }
      const withheld = whyWithheld(own, would)
      if (withheld !== undefined) {
        exposed.push({ ...base, withheld })
        continue
      }
      const isAtSql = facts.ports.some(({ kind, dataSets }) => kind === 'sql' && dataSets.includes(shown.dataSet))
      const rows = await (looks.get(isAtSql ? 'sql' : 'rest') as Preview).rows({ product: facts.product.name, dataSet: shown.dataSet, limit }, signal)
      if (!rows.ok) exposed.push({ ...base, withheld: rows.diagnostics.map(({ message }) => message).join(' ') })
      else exposed.push({ ...base, rows: rows.value.count, preview: asAllowed(rows.value, own, would) })
    }
    return ok({ terms: toTerms(terms), shows: exposed })
  } finally {
    await Promise.all([...looks.values()].map((look) => look.close()))
  }
}

/** Numbers of rows tell something of rows, so they are withheld like these. */
function whyWithheld(own: Decision, would: Decision | undefined): string | undefined {
  if (would?.effect !== 'allow') return 'It would show nothing.'
  if (own.effect !== 'allow') return `You may not read it yourself, so rows are not shown to you: ${own.reasons.map(({ text }) => text).join(' ')}`
  return own.rowFilter === undefined ? undefined : 'You may read only some of its rows yourself, so rows are not shown to you.'
}

/** Without the columns that the one who looks may not see, or not as the subject would. */
function asAllowed({ columns, rows }: { readonly columns: readonly string[]; readonly rows: readonly (readonly Json[])[] }, own: Decision, would: Decision | undefined): NonNullable<Shown['preview']> {
  const mine = own.effect === 'allow' ? own : undefined
  const theirs = would?.effect === 'allow' ? would : undefined
  const kept = columns.flatMap((name, i) => (mine?.columns.includes(name) === true && (!Object.hasOwn(mine.masks, name) || mine.masks[name] === theirs?.masks[name]) ? [i] : []))
  return { columns: kept.map((i) => columns[i] as string), rows: rows.map((row) => kept.map((i) => row[i] ?? null)) }
}
