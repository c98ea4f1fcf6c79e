// `input-port`: where data comes from, as OAM documents describe it.

import { z } from 'zod'
import { titleText } from '../kinds/envelope.ts'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const inputPortCapability = defineCapability({
  type: 'input-port',
  title: 'Input port',
  description: "A source of the product. With associated_output_port it reads that output port of another product; otherwise it only describes a source outside of Tulle.",
  targets: EVERY_TARGET,
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    associated_output_port: titleText.optional().describe("The name of another product's output port, as written there."),
  }),
  examples: [{ description: 'Nightly extract of the ERP' }, { description: 'Data is consumed from articles', associated_output_port: 'JDBC-Port of DP articles' }],
  counterexamples: [{ properties: { associated_port: 'x' }, code: 'unknown-key', at: ['associated_port'] }],
  contribute: (p) => ({
    part: 'input-port',
    port:
      p.associated_output_port === undefined
        ? { kind: 'external', ...withoutUndefined({ title: p.title, description: p.description }) }
        : { kind: 'associated', outputPort: p.associated_output_port, ...withoutUndefined({ title: p.title, description: p.description }) },
  }),
})
