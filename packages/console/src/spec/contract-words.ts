// The words of a data contract of the Open Data Contract Standard that this mesh reads, for completion. The server judges the document.

import type { Schema } from './schema-types.ts'

const text = (description: string): Schema => ({ type: 'string', description })
const list = (items: Schema, description: string): Schema => ({ type: 'array', items, description })
const one = (values: readonly string[], description: string): Schema => ({ enum: values, description })
const yes = (description: string): Schema => ({ type: 'boolean', description })

const quality: Schema = {
  description: 'Rules that the data must keep.',
  type: 'array',
  items: {
    properties: {
      name: text('What a finding calls the rule.'), description: text('What it means.'), type: one(['library', 'sql', 'text', 'custom'], 'How it is written.'),
      metric: one(['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'], 'Of the library: what is counted.'),
      query: text('Of type sql: one SELECT that answers one number.'),
      mustBe: {}, mustNotBe: {}, mustBeGreaterThan: { type: 'number' }, mustBeGreaterOrEqualTo: { type: 'number' }, mustBeLessThan: { type: 'number' }, mustBeLessOrEqualTo: { type: 'number' }, mustBeBetween: { type: 'array' }, mustNotBeBetween: { type: 'array' },
      unit: one(['rows', 'percent'], 'What the number counts.'), dimension: one(['accuracy', 'completeness', 'conformity', 'consistency', 'coverage', 'timeliness', 'uniqueness'], 'What the rule is about.'),
      severity: text('What a break is: error stops the publication, warning only says so.'), businessImpact: text('What a break costs.'), arguments: { type: 'object', description: 'Of the library: validValues, pattern, properties.' },
    },
  },
}

const property: Schema = {
  properties: {
    name: text('The column.'), logicalType: one(['string', 'date', 'timestamp', 'time', 'number', 'integer', 'object', 'array', 'boolean'], 'Its type, whatever the engine.'), physicalType: text('Its type in the engine.'),
    description: text('What it holds.'), businessName: text('What people call it.'), required: yes('No row may leave it empty.'), unique: yes('No two rows have the same.'), primaryKey: yes('It names a row, alone or with others.'), primaryKeyPosition: { type: 'integer', description: 'Its place in the key, from 1.' },
    classification: text('How sensitive it is: a name from mesh.yaml.'), criticalDataElement: yes('Much depends on it.'), tags: list({ type: 'string' }, 'Words to find it by.'), examples: list({}, 'Values as they may be.'),
    logicalTypeOptions: { type: 'object', description: 'Bounds and patterns.', properties: { minLength: { type: 'integer' }, maxLength: { type: 'integer' }, pattern: text('A regular expression.'), minimum: {}, maximum: {}, format: text('As in yyyy-MM-dd.') } },
    relationships: list({ properties: { type: one(['foreignKey'], 'What it is.'), to: text('Another column, as in airports.iata.') } }, 'What it points at.'),
    quality, transformLogic: text('How it is made.'), encryptedName: text('The column of the encrypted value.'), customProperties: list({ properties: { property: text('Its name.'), value: {} } }, 'Whatever has no field of its own.'),
  },
}

export const CONTRACT: Schema = {
  title: 'DataContract', required: ['apiVersion', 'kind', 'id', 'version', 'status'],
  properties: {
    apiVersion: one(['v3.1.0', 'v3.0.2'], 'Of the standard.'), kind: one(['DataContract'], 'What the document is.'), id: text('Never changes.'), name: text('What people call it.'), version: text('Its own version, as in 1.2.0: the first number is what readers name.'),
    status: one(['proposed', 'draft', 'active', 'deprecated', 'retired'], 'Where it stands in its life.'), domain: text('The data domain.'), dataProduct: text('The product.'), tenant: text('Whose it is.'), tags: list({ type: 'string' }, 'Words to find it by.'),
    description: { description: 'What it is for.', properties: { purpose: text('What the data is for.'), usage: text('How to use it.'), limitations: text('What it must not be used for.') } },
    schema: list({
      required: ['name'],
      properties: { name: text('The data set.'), logicalType: one(['object'], 'A table is an object.'), physicalType: one(['table', 'view'], 'What it is.'), physicalName: text('Its name in the engine.'), businessName: text('What people call it.'), description: text('What a row is.'), dataGranularityDescription: text('One row for each what.'), properties: list(property, 'Its columns.'), quality, tags: list({ type: 'string' }, 'Words to find it by.'), customProperties: list({ properties: { property: text('Its name.'), value: {} } }, 'Whatever has no field of its own.') },
    }, 'The data set and its columns.'),
    slaProperties: list({ properties: { property: one(['latency', 'frequency', 'retention', 'availability', 'generalAvailability', 'endOfSupport', 'endOfLife', 'throughput', 'errorRate'], 'What is promised.'), value: {}, unit: text('As in h or d.'), element: text('Of which column.'), driver: one(['regulatory', 'analytics', 'operational'], 'Why.') } }, 'What is promised of its service.'),
    team: list({ properties: { username: text('Who.'), role: text('As what.'), name: text('Called.') } }, 'Who answers for it.'), roles: list({ properties: { role: text('Its name.'), access: text('read or write.') } }, 'Roles at the source.'), support: list({ properties: { channel: text('Where.'), url: text('Its address.'), tool: text('email, slack, …') } }, 'Where to ask.'),
    price: { description: 'What it costs.', properties: { priceAmount: { type: 'number' }, priceCurrency: text('As in EUR.'), priceUnit: text('For each what.') } }, servers: list({ properties: { server: text('Its name.'), type: text('As in postgres.') } }, 'Where it lies elsewhere.'), customProperties: list({ properties: { property: text('Its name.'), value: {} } }, 'Whatever has no field of its own.'), contractCreatedTs: text('When it was made.'),
  },
}
