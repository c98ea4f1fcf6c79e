// `data-set`: rows with a contract, filled by a model or by an input port.

import { z } from 'zod'
import { nameText } from '../kinds/envelope.ts'
import { maintenanceOf, maintenanceShape } from '../kinds/maintenance.ts'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty, isTrue, titleProperty, truth } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

const fileInFolder = z.string().min(1, 'may not be empty').max(500)

export const dataSetCapability = defineCapability({
  type: 'data-set',
  title: 'Data set',
  description: 'Rows that the product offers, stored as an Iceberg table in the shape of their contract. A data set without contract, model and input port only describes what lives elsewhere.',
  targets: EVERY_TARGET,
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    contract: fileInFolder.optional().describe("The ODCS contract, within the product's folder. Without it: contracts/<data set>.odcs.yaml."),
    model: fileInFolder.optional().describe("The model that fills it, within the product's folder: SQL, a program (.ts) or a call of one (.http.yaml). Without it: models/<data set>.sql, .ts or .http.yaml where that exists."),
    from: nameText.optional().describe('The input port that fills it, where there is no model.'),
    'version-of': nameText.optional().describe('The data set of which this is another major version, published beside it. The major version is that of its contract.'),
    'plain-name': truth.optional().describe('Of several versions, the one that ports call by the plain name. Without it: the one that is no version of another.'),
    retires: z.string().regex(/^\d{4}-\d{2}-\d{2}$/u, 'must be a day such as 2027-03-31').optional().describe('The day from which this version may go. Whoever reads it is told.'),
    refresh: z.enum(['continuous']).optional().describe('`continuous`: whenever what its SQL model reads is published, only the rows that this touches are worked out anew. Without it: the whole data set is.'),
    flink: z.strictObject({ application: nameText.optional().describe('The process domain whose topics are read, where several Kafka ports offer a data set.') }).optional().describe('With `refresh: continuous`: a job of Apache Flink keeps its rows in step in a topic, too, from the topics of Kafka ports. `{}` is enough.'),
    maintenance: maintenanceShape,
    table_name: z.string().max(500).optional().describe('Where it lives outside of Tulle; shown, not read.'),
    table_domain: z.string().max(200).optional().describe('Whose table that is; shown, not read.'),
  }),
  examples: [
    { description: 'One row per flight', from: 'flights_file' },
    { contract: 'contracts/flights.odcs.yaml', model: 'models/flights.sql' },
    { 'version-of': 'flights', contract: 'contracts/flights_v2.odcs.yaml', from: 'flights_file', 'plain-name': true },
    { from: 'flights_file', retires: '2027-03-31' },
    { model: 'models/departures.sql', refresh: 'continuous' },
    { model: 'models/departures.sql', refresh: 'continuous', flink: { application: 'crew_planning' } },
    { description: 'One row per article, site and day', table_name: 'supply_db.inventory.inventory', table_domain: 'inventory' },
  ],
  counterexamples: [
    { properties: { form: 'flights_file' }, code: 'unknown-key', at: ['form'] },
    { properties: { maintenance: { 'compact-to': '128' } }, code: 'bad-value', at: ['maintenance', 'compact-to'] },
    { properties: { from: 'Flights file' }, code: 'bad-value', at: ['from'] },
    { properties: { retires: 'next spring' }, code: 'bad-value', at: ['retires'] },
    { properties: { refresh: 'hourly' }, code: 'not-one-of', at: ['refresh'] },
    { properties: { flink: 'yes' }, code: 'wrong-type', at: ['flink'] },
    { properties: { 'version-of': 'flights@1' }, code: 'bad-value', at: ['version-of'] },
  ],
  contribute: (p) => ({
    part: 'data-set',
    dataSet: withoutUndefined({
      title: p.title, description: p.description, contract: p.contract, model: p.model, from: p.from, maintenance: maintenanceOf(p.maintenance),
      versionOf: p['version-of'], plainName: p['plain-name'] === undefined ? undefined : isTrue(p['plain-name']), retires: p.retires, refresh: p.refresh,
      flink: p.flink === undefined ? undefined : withoutUndefined({ application: p.flink.application }),
    }),
  }),
})
