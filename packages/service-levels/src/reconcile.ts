// What samples say → incidents and warnings. By state, not by event: whatever died in between, the next look finds the same.

import type { Clock } from '@tulle/kernel'
import { serviceLevelsOf } from '@tulle/model'
import type { ProductDefinition } from '@tulle/providers'
import type { Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import { resolveCause } from './incidents/change-incident.ts'
import { openIncident } from './incidents/open-incident.ts'
import { measuredLevel } from './levels.ts'
import { readSamples } from './samples.ts'
import type { MeasuredLevel } from './types.ts'

const levelKey = (level: string): string => `service-level:${level}`
const portKey = (indicator: string): string => `port:${indicator}`

/** The promises of a product as they stand. */
export async function readLevels({ db }: Pick<Store, 'db'>, { id, product }: ProductDefinition, now: number): Promise<readonly MeasuredLevel[]> {
  const declared = serviceLevelsOf(product)
  const longest = Math.max(0, ...declared.map(({ window }) => window))
  const samples = longest === 0 ? new Map<string, never[]>() : await readSamples(db, id, now - longest)
  return declared.map((level) => measuredLevel(level, (indicator) => samples.get(indicator) ?? [], now))
}

export async function reconcile(store: Store, clock: Clock, definition: ProductDefinition): Promise<readonly MeasuredLevel[]> {
  const { id: productId, product: { name: product } } = definition
  const levels = await readLevels(store, definition, clock.now())
  for (const level of levels) {
    if (level.state === 'missed') {
      await openIncident(store, clock, { product, productId, cause: 'service-level', key: levelKey(level.name), sentence: missedSentence(product, level) })
    } else if (level.state === 'kept' || level.state === 'burning') {
      await resolveCause(store, clock, { productId, keys: [levelKey(level.name)], note: 'The service level is kept again.' })
    }
    for (const { name, measured, standing } of level.indicators) {
      if (measured.kind === 'availability' && standing.last?.state === 'bad') {
        await openIncident(store, clock, { product, productId, cause: 'port', key: portKey(name), sentence: `An output port of ${product} does not answer (${standing.last.note ?? 'no reason known'}).` })
      } else if (measured.kind === 'availability' && standing.last?.state === 'good') {
        await resolveCause(store, clock, { productId, keys: [portKey(name)], note: 'It answers again.' })
      }
      await tellBurns(store, clock, { product, productId, level, indicator: name, firing: standing.burns.map(({ rule }) => rule) })
    }
  }
  return levels
}

const missedSentence = (product: string, { title, objective, indicators }: MeasuredLevel): string => {
  const worst = indicators.filter(({ standing }) => standing.state === 'missed').map(({ standing }) => standing.attained ?? 0)
  return `${product} misses its service level "${title}": ${percent(Math.min(...worst))} of what was measured was good; ${percent(objective)} is promised.`
}
const percent = (value: number): string => `${Math.round(value * 100) / 100} %`

interface Burning { readonly product: string; readonly productId: string; readonly level: MeasuredLevel; readonly indicator: string; readonly firing: readonly string[] }

/** One word for each time that it begins; of both rules at once, the faster speaks. */
async function tellBurns(store: Store, clock: Clock, { product, productId, level, indicator, firing }: Burning): Promise<void> {
  const at = { product_id: productId, level: level.name, indicator }
  const known = new Set((await store.db.selectFrom('slo_burn').select('rule').where('product_id', '=', productId).where('level', '=', level.name).where('indicator', '=', indicator).execute()).map(({ rule }) => rule))
  const begun = firing.filter((rule) => !known.has(rule))
  const over = [...known].filter((rule) => !firing.includes(rule))
  if (begun.length === 0 && over.length === 0) return
  await store.db.transaction().execute(async (tx) => {
    if (over.length > 0) await tx.deleteFrom('slo_burn').where('product_id', '=', productId).where('level', '=', level.name).where('indicator', '=', indicator).where('rule', 'in', over).execute()
    const since = new Date(clock.now())
    const written = begun.length === 0 ? [] : await tx.insertInto('slo_burn').values(begun.map((rule) => ({ ...at, rule, since }))).onConflict((c) => c.doNothing()).returning('rule').execute()
    const [rule] = firing.filter((one) => written.some((row) => row.rule === one))
    if (rule === undefined || known.size > over.length) return
    await appendEvent(tx, {
      type: 'tulle.service-level.burning', source: '/tulle/service-levels', subject: product,
      data: { product, productId, level: level.name, indicator, rule, since: since.toISOString(), sentence: `The error budget of "${level.title}" of ${product} goes ${rule === 'fast' ? 'fast' : 'faster than it may'}: ${percent(level.objective)} is promised.` },
    })
  })
}

/** Incidents and warnings of promises and products that are no longer declared. */
export async function dropUndeclared(store: Store, clock: Clock, definitions: readonly ProductDefinition[]): Promise<void> {
  const declared = new Map(definitions.map(({ id, product }) => {
    const levels = serviceLevelsOf(product)
    return [id, new Set(['gate', ...levels.map(({ name }) => levelKey(name)), ...levels.flatMap(({ indicators }) => indicators.map(({ name }) => portKey(name)))])]
  }))
  const open = await store.db.selectFrom('incident').select(['product_id', 'cause_key']).where('resolved_at', 'is', null).execute()
  for (const { product_id: productId, cause_key: key } of open) {
    if (declared.get(productId)?.has(key) !== true) await resolveCause(store, clock, { productId, keys: [key], note: 'What it was about is no longer declared.' })
  }
}
