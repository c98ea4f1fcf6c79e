// The stretches of time that a microbatch model is built in.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { quoted, Relation } from '../context/relation.ts'
import { messages } from '../messages.ts'
import { textOf } from '../project/read-yaml.ts'
import type { Node } from '../types.ts'
import { placeOfNode } from './materialise.ts'

export interface TimeBatch {
  /** Of the relation's own rows, those that the batch stands for. */
  readonly covers: string
  /** An input, cut to the batch. */
  cut(relation: Relation, time: string): Relation
}

const MOST_BATCHES = 5_000
const SIZES = ['hour', 'day', 'month', 'year']

export function batchesOf(node: Node, { incremental, now }: { readonly incremental: boolean; readonly now: Date }): Result<readonly TimeBatch[]> {
  const { config } = node
  const refuse = (key: string, want: string): Result<never> => fail(messages['dbt-config-word']({ node: node.name, key, value: textOf(config[key]), want }, { place: placeOfNode(node) }))
  const [time, size, begin] = [textOf(config['event_time']), textOf(config['batch_size'], 'day'), Date.parse(textOf(config['begin']))]
  if (time === '') return refuse('event_time', 'the column with the time of a row')
  if (!SIZES.includes(size)) return refuse('batch_size', SIZES.join(', '))
  if (Number.isNaN(begin)) return refuse('begin', 'the first date')
  const lookback = Math.max(0, Number(config['lookback'] ?? 1))
  const last = floor(now, size)
  let at = incremental ? step(last, size, -lookback) : floor(new Date(begin), size)
  if (at.getTime() < begin) at = floor(new Date(begin), size)
  const batches: TimeBatch[] = []
  for (; at <= last; at = step(at, size, 1)) {
    if (batches.length >= MOST_BATCHES) return fail(messages['dbt-template-limit']({ limit: 'batches of a model', most: MOST_BATCHES }, { place: placeOfNode(node) }))
    const [from, to] = [literal(at), literal(step(at, size, 1))]
    const within = (column: string): string => `cast(${column} as timestamp) >= ${from} and cast(${column} as timestamp) < ${to}`
    batches.push({ covers: within(`old.${quoted(time)}`), cut: (relation, column) => new Relation({ ...relation.parts, where: within(quoted(column)) }) })
  }
  return ok(batches)
}

const literal = (at: Date): string => `timestamp '${at.toISOString().slice(0, 19).replace('T', ' ')}'`

function floor(at: Date, size: string): Date {
  const [year, month, day, hour] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours()]
  return new Date(Date.UTC(year, size === 'year' ? 0 : month, size === 'year' || size === 'month' ? 1 : day, size === 'hour' ? hour : 0))
}

function step(at: Date, size: string, by: number): Date {
  const [year, month, day, hour] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours()]
  return new Date(Date.UTC(year + (size === 'year' ? by : 0), month + (size === 'month' ? by : 0), day + (size === 'day' ? by : 0), hour + (size === 'hour' ? by : 0)))
}
