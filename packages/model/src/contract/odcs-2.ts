// The Open Data Contract Standard 2.2, the line before 3: `dataset` instead of `schema`, columns instead of properties.

import { z } from 'zod'

const text = z.string()
const texts = z.array(text)
const definitions = z.array(z.looseObject({ url: text, type: text })).optional()
const customProperties = z.array(z.looseObject({ property: text.optional(), value: z.unknown().optional() })).optional()

const quality = z.looseObject({
  code: text.optional(),
  templateName: text,
  description: text.optional(),
  toolName: text,
  toolRuleName: text.optional(),
  dimension: text.optional(),
  columns: text.optional(),
  column: text.optional(),
  type: text.optional(),
  severity: text.optional(),
  businessImpact: text.optional(),
  scheduleCronExpression: text.optional(),
  customProperties,
})

const column = z.looseObject({
  column: text,
  isPrimaryKey: z.boolean().optional(),
  primaryKeyPosition: z.int().optional(),
  businessName: text.optional(),
  logicalType: text,
  physicalType: text,
  description: text.optional(),
  isNullable: z.boolean().optional(),
  isUnique: z.boolean().optional(),
  partitionStatus: z.boolean().optional(),
  partitionKeyPosition: z.int().optional(),
  clusterStatus: z.boolean().optional(),
  clusterKeyPosition: z.int().optional(),
  classification: text.optional(),
  authoritativeDefinitions: definitions,
  encryptedColumnName: text.optional(),
  transformSourceTables: texts.optional(),
  transformLogic: text.optional(),
  transformDescription: text.optional(),
  sampleValues: texts.optional(),
  criticalDataElementStatus: z.boolean().optional(),
  tags: texts.optional(),
  customProperties,
})

export const odcs22 = z.looseObject({
  version: text.describe("the contract's version, for example 1.0.0"),
  kind: z.enum(['DataContract']),
  apiVersion: text.regex(/^v[0-9]+\.[0-9]+\.[0-9]+/, 'must be a version, like v2.2.2').optional(),
  uuid: text.describe('a unique text, for example a UUID'),
  type: text.describe('what the contract is about, for example tables'),
  status: text.describe('the state of the contract, for example current'),
  dataset: z.array(z.looseObject({
    table: text,
    physicalName: text.optional(),
    priorTableName: text.optional(),
    description: text.optional(),
    authoritativeDefinitions: definitions,
    dataGranularity: text.optional(),
    columns: z.array(column).optional(),
    quality: z.array(quality).optional(),
  })),
  datasetName: text.describe('the name of the data set'),
  quantumName: text.describe('the name of the data product'),
  ...Object.fromEntries(
    ['datasetKind', 'userConsumptionMode', 'tenant', 'sourceSystem', 'sourcePlatform', 'server', 'productSlackChannel', 'productFeedbackUrl', 'productDl', 'username', 'password', 'driverVersion', 'driver', 'project', 'datasetDomain', 'database', 'slaDefaultColumn', 'systemInstance', 'contractCreatedTs'].map((key) => [key, text.optional()]),
  ),
  tags: texts.optional(),
  description: z.looseObject({ usage: text.optional(), purpose: text.optional(), limitations: text.optional() }).optional(),
  price: z.looseObject({ priceAmount: z.number().optional(), priceCurrency: text.optional(), priceUnit: text.optional() }).optional(),
  stakeholders: z.array(z.looseObject({
    username: text.optional(),
    role: text.optional(),
    dateIn: text.optional(),
    dateOut: text.optional(),
    replacedByUsername: text.optional(),
    comment: text.optional(),
  })).optional(),
  roles: z.array(z.looseObject({ role: text, access: text, firstLevelApprovers: text.optional(), secondLevelApprovers: text.optional() })).optional(),
  slaProperties: z.array(z.looseObject({
    property: text,
    value: z.union([text, z.number()]),
    valueExt: z.union([text, z.number()]).optional(),
    unit: text.optional(),
    column: text.optional(),
    driver: text.optional(),
  })).optional(),
  customProperties,
})
