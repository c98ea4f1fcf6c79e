// `workflow`: when the product runs.

import { z } from 'zod'
import type { Json } from '@tulle/kernel'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty, isTrue, truth } from './shared-properties.ts'
import { nameText } from '../kinds/envelope.ts'
import { secretReference } from './secret-reference.ts'
import { withoutUndefined } from './without-undefined.ts'

export const workflowCapability = defineCapability({
  type: 'workflow',
  title: 'Workflow',
  description: 'By which workflow the product runs (daily-refresh unless told: ingest, transform, write, check, publish, notify), and when: by a schedule, whenever a product that it reads publishes, on events of the mesh, on webhooks, and when files are new.',
  targets: EVERY_TARGET,
  properties: z.strictObject({
    description: descriptionProperty,
    use: z.string().regex(/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?@\d{1,9}(?:\.\d{1,9}\.\d{1,9})?$/u, 'must be a name with a version, such as daily-refresh@1').optional().describe('The template by which it runs: a name, and a major version or a whole one. Without it: daily-refresh@1, or the workflow.yaml in the folder.'),
    with: z.record(z.string().min(1).max(100), z.json()).optional().describe('Parameters for the template, as its input.schema has them.'),
    schedule: z.string().min(1, 'may not be empty').max(200).optional().describe('Five-field cron in UTC.'),
    on_input_published: truth.optional().describe('Whether it runs when a product that it reads publishes. Without it: yes.'),
    freshness: z.enum(['any', 'all']).optional().describe('any (without it): it runs whenever one of its inputs publishes; all: only when each of them has published since the version that it serves.'),
    on_event: z.array(z.strictObject({ type: z.string().regex(/^tulle\.[a-z]+(?:[.-][a-z]+){0,4}$/u, 'must be a type of the stream, such as tulle.product.published').max(100).describe('The type of the event.'), subject: z.string().min(1).max(300).describe('What it happened to.') })).max(50, 'may have at most 50 events').optional().describe('Events of the mesh on which it runs, by type and subject.'),
    webhooks: z.record(nameText, z.strictObject({ secret: secretReference.shape.secret, scheme: z.enum(['standardwebhooks', 'token']).optional() })).optional().describe('Webhooks on which it runs, by name: POST /hooks/<product>/<name>, signed as Standard Webhooks has it or, with scheme token, by Authorization: Bearer and an Idempotency-Key. The secret is named, never given.'),
    on_new_files: z.strictObject({
      ports: z.array(nameText).min(1, 'needs at least one port').max(20).describe('File input ports of the product, in the mesh folder, in S3 or behind an address.'),
      every_seconds: z.int().min(5).max(86_400).optional().describe('How often they are looked for; 60 where absent.'),
    }).optional().describe('Ports on whose new files it runs, once for each set of them. A file counts when two looks have found it the same.'),
  }),
  examples: [{ on_new_files: { ports: ['drop'], every_seconds: 30 } }, { schedule: '0 5 * * *', on_input_published: false }, { use: 'daily-refresh@1' }, { freshness: 'all', on_event: [{ type: 'tulle.product.published', subject: 'airports' }], webhooks: { erp: { secret: 'ERP_HOOK' } } }, {}],
  counterexamples: [
    { properties: { use: 'daily-refresh' }, code: 'bad-value', at: ['use'] },
    { properties: { cron: '0 5 * * *' }, code: 'unknown-key', at: ['cron'] },
    { properties: { freshness: 'some' }, code: 'not-one-of', at: ['freshness'] },
    { properties: { on_event: [{ type: 'everything', subject: 'x' }] }, code: 'bad-value', at: ['on_event', 0, 'type'] },
    { properties: { on_new_files: { ports: [] } }, code: 'bad-value', at: ['on_new_files', 'ports'] },
    { properties: { webhooks: { erp: { secret: 'whsec_planted' } } }, code: 'literal-secret', at: ['webhooks', 'erp', 'secret'] },
  ],
  contribute: (p) => ({
    part: 'workflow',
    named: withoutUndefined({ use: p.use, parameters: p.with as Readonly<Record<string, Json>> | undefined }),
    workflow: withoutUndefined({ schedule: p.schedule, onInputPublished: p.on_input_published === undefined ? undefined : isTrue(p.on_input_published),
      freshness: p.freshness,
      events: p.on_event,
      newFiles: p.on_new_files === undefined ? undefined : { ports: p.on_new_files.ports, everySeconds: p.on_new_files.every_seconds ?? 60 },
      webhooks: p.webhooks === undefined ? undefined : Object.entries(p.webhooks).map(([name, { secret, scheme }]) => ({ name, secret, scheme: scheme ?? ('standardwebhooks' as const) })) }),
  }),
})
