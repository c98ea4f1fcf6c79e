// `stream-output-port`: what changes in the product's data sets, as it is published.

import { z } from 'zod'
import { exportRulesOf, exportShape } from '../kinds/export-rules.ts'
import { defineCapability } from './capability-definition.ts'
import { approvalProperty, descriptionProperty, offeredDataSetsProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const streamOutputPortCapability = defineCapability({
  type: 'stream-output-port',
  title: 'Change stream output port',
  description: 'Offers what changes in data sets, row by row and as it is published, over HTTP: as server-sent events and as batches.',
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    data_sets: offeredDataSetsProperty,
    approval: approvalProperty,
    exports: exportShape,
  }),
  examples: [{ data_sets: ['flights'] }, { exports: { 'rows-per-hour': 10_000 } }, {}],
  counterexamples: [
    { properties: { exports: { rows: 5 } }, code: 'unknown-key', at: ['exports', 'rows'] },
    { properties: { data_sets: [] }, code: 'bad-value', at: ['data_sets'] },
    { properties: { data_sets: 'flights' }, code: 'wrong-type', at: ['data_sets'] },
    { properties: { datasets: ['flights'] }, code: 'unknown-key', at: ['datasets'] },
  ],
  contribute: (p) => ({ part: 'output-port', port: { kind: 'stream', ...withoutUndefined({ title: p.title, description: p.description, dataSets: p.data_sets, approval: p.approval, exports: exportRulesOf(p.exports) }) } }),
})
