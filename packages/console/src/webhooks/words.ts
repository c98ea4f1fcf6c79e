// How a webhook is said.

import type { Webhook } from '@tulle/api'
import { plural, span } from '../shell/format.ts'

export const aboutOf = ({ product, dataSet }: Pick<Webhook, 'product' | 'dataSet'>): string => (dataSet === undefined ? product : `${product}.${dataSet}`)

export const waitingOf = ({ lag: { events, milliseconds } }: Pick<Webhook, 'lag'>): string => (events === 0 ? 'nothing' : `${plural(events, 'event')}, the oldest for ${span(milliseconds / 1_000)}`)

export const stateOf = ({ state, paused, failures }: Pick<Webhook, 'state' | 'paused' | 'failures'>): { readonly says: string; readonly colour: string } =>
  state === 'paused' ? { says: `paused by ${paused?.by ?? '–'}${paused === undefined || paused.why === '' ? '' : `: ${paused.why}`}`, colour: 'orange' } : failures > 0 ? { says: failures === 1 ? 'the last try failed' : `the last ${failures} tries failed`, colour: 'red' } : { says: 'active', colour: 'teal' }
