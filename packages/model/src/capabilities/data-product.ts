// `data-product`: the product's own facts: definition, team, owner.

import { z } from 'zod'
import { alertsOf, alertsShape } from '../kinds/alerts.ts'
import { nameText, proseText } from '../kinds/envelope.ts'
import { exportRulesOf, exportShape } from '../kinds/export-rules.ts'
import { maintenanceOf, maintenanceShape } from '../kinds/maintenance.ts'
import { productRunShape, runRulesOf } from '../kinds/run-rules.ts'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { isTrue, truth } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const dataProductCapability = defineCapability({
  type: 'data-product',
  title: 'Data product',
  description: "The product's own facts. A product has exactly one such component.",
  targets: EVERY_TARGET,
  properties: z.strictObject({
    definition: proseText.optional().describe('What the product is, in a few sentences.'),
    team: nameText.optional().describe("The technical team that builds and runs it; without one, the domain's owner."),
    data_product_owner: z.string().min(1, 'may not be empty').max(200).optional().describe('Who decides about its use: a user name.'),
    data_product_type: z.string().max(200).optional().describe('For example source-aligned, aggregate, consumer-aligned.'),
    certified: truth.optional().describe('Whether governance has certified it.'),
    tags: z.array(z.string().min(1).max(100)).optional().describe('Words to find it by.'),
    dbt: z.string().min(1, 'may not be empty').max(500).optional().describe("The folder of the dbt project that fills its data sets, within the product's folder. Without it: the one that holds a dbt_project.yml."),
    maintenance: maintenanceShape,
    runs: productRunShape,
    exports: exportShape,
    alerts: alertsShape,
  }),
  examples: [
    { definition: 'The flights of 2001 in the United States', team: 'ops', data_product_owner: 'olga', certified: true, tags: ['flights'] },
    { definition: 'Stock levels', data_product_owner: 'u-1042', data_product_type: 'Source Oriented', certified: 'No' },
    { maintenance: { 'expire-after': '90d', 'keep-last': 10, 'keep-tags': 'forever' } },
    { runs: { priority: 800, 'triggers-per-hour': 12, 'expect-every': '1d', 'late-after': '2h' }, alerts: [{ on: ['lateness'], webhook: { url: 'https://hooks.example.com/tulle', secret: 'OPS_HOOK' } }, { mail: ['ops@example.com'] }] },
    { exports: { 'rows-per-hour': 100_000, 'bytes-per-hour': '50MB' } },
    {},
  ],
  counterexamples: [
    { properties: { teem: 'ops' }, code: 'unknown-key', at: ['teem'] },
    { properties: { certified: 'perhaps' }, code: 'not-one-of', at: ['certified'] },
    { properties: { maintenance: { 'expire-after': 'a month' } }, code: 'bad-value', at: ['maintenance', 'expire-after'] },
    { properties: { maintenance: { 'orphan-age': '12h' } }, code: 'bad-value', at: ['maintenance', 'orphan-age'] },
    { properties: { exports: { 'bytes-per-hour': '1 GB' } }, code: 'bad-value', at: ['exports', 'bytes-per-hour'] },
    { properties: { runs: { priority: 2000 } }, code: 'bad-value', at: ['runs', 'priority'] },
    { properties: { alerts: [{ webhook: { url: 'https://hooks.example.com', secret: 'whsec_planted' } }] }, code: 'literal-secret', at: ['alerts', 0, 'webhook', 'secret'] },
    { properties: { tags: 'flights' }, code: 'wrong-type', at: ['tags'] },
  ],
  contribute: (p) => ({
    part: 'product',
    facts: withoutUndefined({
      definition: p.definition,
      team: p.team,
      owner: p.data_product_owner,
      type: p.data_product_type,
      certified: p.certified === undefined ? undefined : isTrue(p.certified),
      tags: p.tags,
      dbt: p.dbt,
      maintenance: maintenanceOf(p.maintenance),
      runs: runRulesOf(p.runs),
      exports: exportRulesOf(p.exports),
      alerts: alertsOf(p.alerts),
    }),
  }),
})
