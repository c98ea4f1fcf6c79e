// `output-port`: an address outside of Tulle at which the product is offered, as OAM documents describe it.

import { z } from 'zod'
import { proseText } from '../kinds/envelope.ts'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const outputPortCapability = defineCapability({
  type: 'output-port',
  title: 'Output port',
  description: 'Describes an address at which the product is offered outside of Tulle. It is shown in the catalogue, not served; sql-output-port, rest-output-port, stream-output-port and kafka-output-port are served.',
  targets: EVERY_TARGET,
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    url: proseText.optional().describe('The address, for example a JDBC URL. Never write a password into it.'),
  }),
  examples: [{ description: 'Connect with the driver of the platform.', url: 'jdbc:snowflake://acme/?db=supply_db' }, {}],
  counterexamples: [{ properties: { uri: 'x' }, code: 'unknown-key', at: ['uri'] }],
  contribute: (p) => ({ part: 'output-port', port: { kind: 'external', ...withoutUndefined({ title: p.title, description: p.description, url: p.url }) } }),
})
