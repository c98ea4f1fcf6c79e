// Output ports that Tulle serves itself: how they differ is in what they speak, not in what is said of them.

import { z } from 'zod'
import { exportRulesOf, exportShape } from '../kinds/export-rules.ts'
import type { CapabilityDefinition } from './capability-definition.ts'
import { defineCapability } from './capability-definition.ts'
import { approvalProperty, descriptionProperty, offeredDataSetsProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

/** What is said of every port that offers data sets. */
export const offerProperties = {
  title: titleProperty,
  description: descriptionProperty,
  data_sets: offeredDataSetsProperty,
  approval: approvalProperty,
  exports: exportShape,
} as const

export interface ServedPort extends Pick<CapabilityDefinition, 'title' | 'description'> { readonly kind: 'sql' | 'rest' | 'files' | 'stream' }

/** `<kind>-output-port`. */
export const defineServedPort = ({ kind, title, description }: ServedPort): CapabilityDefinition => defineCapability({
  type: `${kind}-output-port`,
  title,
  description,
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject(offerProperties),
  examples: [{ data_sets: ['flights'] }, { exports: { 'rows-per-hour': 10_000 } }, {}],
  counterexamples: [
    { properties: { exports: { rows: 5 } }, code: 'unknown-key', at: ['exports', 'rows'] },
    { properties: { data_sets: [] }, code: 'bad-value', at: ['data_sets'] },
    { properties: { data_sets: 'flights' }, code: 'wrong-type', at: ['data_sets'] },
    { properties: { datasets: ['flights'] }, code: 'unknown-key', at: ['datasets'] },
  ],
  contribute: (p) => ({ part: 'output-port', port: { kind, ...withoutUndefined({ title: p.title, description: p.description, dataSets: p.data_sets, approval: p.approval, exports: exportRulesOf(p.exports) }) } }),
})
