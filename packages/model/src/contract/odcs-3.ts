// The Open Data Contract Standard 3.x as a description: what a valid contract looks like. Unknown keys are reported by
// the checker as warnings, because contracts of others carry extensions. 3.0 differs from 3.1 where `is31` is asked, 3.2 (a
// public draft) where `is32` is.

import { z } from 'zod'
import { logicalTypeOptions } from './odcs-logical-types.ts'
import { odcsServer } from './odcs-servers.ts'

const text = z.string()
const texts = z.array(text)
const flag = z.boolean()
const stableId = text.regex(/^[A-Za-z0-9_-]+$/, 'may have only letters, digits, _ and -')
const scalar = z.union([text, z.number(), flag, z.null()])
const day = text.regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'must be a date, like 2026-01-31')
const moment = z.iso.datetime({ offset: true, message: 'must be a time, like 2026-01-31T09:30:00Z' })

const QUALITY_OPERATORS = ['mustBe', 'mustNotBe', 'mustBeGreaterThan', 'mustBeGreaterOrEqualTo', 'mustBeLessThan', 'mustBeLessOrEqualTo', 'mustBeBetween', 'mustNotBeBetween'] as const
const LIBRARY_METRICS = ['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'] as const
const DIMENSIONS = ['accuracy', 'completeness', 'conformity', 'consistency', 'coverage', 'timeliness', 'uniqueness'] as const
const LOGICAL_TYPES_30 = ['string', 'date', 'number', 'integer', 'object', 'array', 'boolean'] as const
const LOGICAL_TYPES_31 = [...LOGICAL_TYPES_30, 'timestamp', 'time'] as const
const LOGICAL_TYPES_32 = [...LOGICAL_TYPES_31, 'map', 'vector'] as const
const VERSIONS = ['v3.1.0', 'v3.0.2', 'v3.0.1', 'v3.0.0', 'v2.2.2', 'v2.2.1', 'v2.2.0'] as const
const REFERENCE = /^(?:[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*|(?:(?:https?:\/\/)?[A-Za-z0-9._\-/]{1,500}\.yaml#)?\/?[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z0-9_-]+(?:\/[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z0-9_-]+){0,50})$/

const REFERENCE_32 = /^(?:[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*){1,50}|(?:(?:https?:\/\/)?[A-Za-z0-9._\-/]{1,500}\.ya?ml#)?\/?[A-Za-z_][A-Za-z0-9_]*\/[^\s.#/\\@!%&^]+(?:\/[A-Za-z_][A-Za-z0-9_]*\/[^\s.#/\\@!%&^]+){0,50})$/

/** The description of one 3.x line of the standard. */
export function odcs3(version: '3.0' | '3.1' | '3.2') {
  const is31 = version !== '3.0'
  const is32 = version === '3.2'
  const ownId = is32 ? text.regex(/^[^\s.#/\\@!%&^]+$/, 'may have no blank and none of . # / \\ @ ! % & ^') : stableId
  const identified = { id: ownId.optional() }
  const customProperty = z.looseObject({
    ...identified,
    property: is31 ? text : text.optional(),
    value: z.unknown().refine((value) => !is31 || value !== undefined, 'is missing'),
    description: text.optional(),
    ...(is32 && { vendor: text.optional() }),
  })
  const customProperties = z.array(customProperty).optional()
  const definitions = z.array(z.looseObject({ ...identified, url: text, type: text, description: text.optional() })).optional()
  const between = z.array(z.number()).length(2, 'must have a lower and an upper bound').optional()
  const quality = z
    .looseObject({
      ...identified,
      name: text.optional(),
      description: text.optional(),
      type: z.enum(['text', 'library', 'sql', 'custom']).optional(),
      dimension: z.enum(DIMENSIONS).optional(),
      metric: (is31 ? z.enum(LIBRARY_METRICS) : text).optional(),
      rule: text.optional(),
      arguments: z.record(text, z.unknown()).optional(),
      unit: text.optional(),
      query: text.optional(),
      engine: text.optional(),
      implementation: z.union([text, z.record(text, z.unknown())]).optional(),
      mustBe: z.unknown().optional(),
      mustNotBe: z.unknown().optional(),
      mustBeGreaterThan: z.number().optional(),
      mustBeGreaterOrEqualTo: z.number().optional(),
      mustBeLessThan: z.number().optional(),
      mustBeLessOrEqualTo: z.number().optional(),
      mustBeBetween: between,
      mustNotBeBetween: between,
      method: text.optional(),
      severity: text.optional(),
      businessImpact: text.optional(),
      schedule: text.optional(),
      scheduler: text.optional(),
      tags: texts.optional(),
      authoritativeDefinitions: definitions,
      customProperties,
    })
    .superRefine((rule, context) => {
      const missing = (key: string): void => context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: [key] })
      const type = rule.type ?? (is31 && rule.metric === undefined ? undefined : 'library')
      if (type === 'library' && (is31 ? rule.metric : rule.rule) === undefined) missing(is31 ? 'metric' : 'rule')
      if (type === 'sql' && rule.query === undefined) missing('query')
      if (type === 'custom' && rule.engine === undefined) missing('engine')
      if (type === 'custom' && rule.implementation === undefined) missing('implementation')
      const operators = QUALITY_OPERATORS.filter((operator) => Object.hasOwn(rule, operator))
      if (is31 && (type === 'library' || type === 'sql' || rule.metric !== undefined) && operators.length !== 1) {
        context.addIssue({ code: 'custom', message: `must have exactly one of ${QUALITY_OPERATORS.join(', ')}` })
      }
    })
  const reference = text.regex(is32 ? REFERENCE_32 : REFERENCE, 'must name a column as table.column, or by its path in a contract')
  const references = z.union([reference, z.array(reference).min(1, 'needs a column')])
  const relationship = { ...(is32 && { id: text.optional() }), type: z.enum(['foreignKey']).optional(), to: references, customProperties }
  const relationshipOfProperty = z.looseObject({ ...relationship, from: z.never('belongs to relationships of the table, not of a column').optional() })
  const relationshipOfObject = z
    .looseObject({ ...relationship, from: references })
    .refine(({ from, to }) => Array.isArray(from) === Array.isArray(to), 'must have as many columns on both sides')
  const context = is32 ? { context: z.union([text, z.record(text, z.unknown())]).optional() } : {}
  const named = is32 ? { deprecated: flag.optional(), synonyms: z.array(z.looseObject({ ...identified, synonym: text })).optional() } : {}
  const element = { ...named, ...identified, physicalType: text.optional(), description: text.optional(), businessName: text.optional(), authoritativeDefinitions: definitions, tags: texts.optional(), customProperties }
  const propertyNamed = (name: z.ZodType) =>
    z
      .looseObject({
        name,
        ...element,
        primaryKey: flag.optional(),
        primaryKeyPosition: z.int().optional(),
        logicalType: z.enum(is32 ? LOGICAL_TYPES_32 : is31 ? LOGICAL_TYPES_31 : LOGICAL_TYPES_30).optional(),
        logicalTypeOptions: z.record(text, z.unknown()).optional(),
        physicalName: text.optional(),
        required: flag.optional(),
        unique: flag.optional(),
        partitioned: flag.optional(),
        partitionKeyPosition: z.int().optional(),
        classification: text.optional(),
        encryptedName: text.optional(),
        transformSourceObjects: texts.optional(),
        transformLogic: text.optional(),
        transformDescription: text.optional(),
        examples: z.array(z.unknown()).optional(),
        criticalDataElement: flag.optional(),
        relationships: is31 ? z.array(relationshipOfProperty).optional() : z.never().optional(),
        quality: z.array(quality).optional(),
        ...(is32 && {
          semanticType: z.enum(['column', 'measure', 'dimension']).optional(),
          enum: z.array(z.looseObject({ value: scalar, label: text.optional(), description: text.optional() })).min(1, 'needs a value').optional(),
          map: z.record(text, z.unknown()).optional(),
        }),
        get properties(): z.ZodOptional<z.ZodArray<z.ZodType>> {
          return z.array(property).optional()
        },
        get items(): z.ZodOptional<z.ZodType> {
          return item.optional()
        },
      })
      .superRefine((given, context) => {
        const outcome = logicalTypeOptions(given.logicalType, is31)?.safeParse(given.logicalTypeOptions ?? {})
        for (const issue of outcome?.error?.issues ?? []) context.addIssue({ ...issue, path: ['logicalTypeOptions', ...issue.path] } as Parameters<typeof context.addIssue>[0])
      })
  const property: z.ZodType = propertyNamed(text)
  const item: z.ZodType = propertyNamed(text.optional())
  const member = z.looseObject({
    ...identified,
    username: is31 ? text : text.optional(),
    name: text.optional(),
    description: text.optional(),
    role: text.optional(),
    dateIn: day.optional(),
    dateOut: day.optional(),
    replacedByUsername: text.optional(),
    tags: texts.optional(),
    customProperties,
    authoritativeDefinitions: definitions,
  })
  const team = z.looseObject({
    ...identified,
    name: text.optional(),
    description: text.optional(),
    members: z.array(member).optional(),
    tags: texts.optional(),
    customProperties,
    authoritativeDefinitions: definitions,
  })
  const role = z.looseObject({
    ...identified,
    role: text,
    description: text.optional(),
    access: text.optional(),
    firstLevelApprovers: text.optional(),
    secondLevelApprovers: text.optional(),
    customProperties,
  })
  return z.looseObject({
    version: text.describe("the contract's version, for example 1.0.0"),
    kind: z.enum(['DataContract']),
    apiVersion: z.enum(is32 ? ['v3.2.0', ...VERSIONS] : VERSIONS),
    id: text.describe('a unique text, for example a UUID'),
    name: text.optional(),
    tenant: text.optional(),
    tags: texts.optional(),
    ...context,
    status: is32 ? text.optional() : text.describe('proposed, draft, active, deprecated or retired'),
    servers: z.array(odcsServer({ is31, is32, stableId: ownId, role, customProperties })).optional(),
    dataProduct: text.optional(),
    description: z.looseObject({ usage: text.optional(), purpose: text.optional(), limitations: text.optional(), authoritativeDefinitions: definitions, customProperties }).optional(),
    domain: text.optional(),
    schema: z.array(z.looseObject({
      name: text,
      ...element,
      logicalType: z.enum(is32 ? ['object', 'blob'] : ['object']).optional(),
      ...context,
      physicalName: text.optional(),
      dataGranularityDescription: text.optional(),
      properties: z.array(property).optional(),
      relationships: is31 ? z.array(relationshipOfObject).optional() : z.never().optional(),
      quality: z.array(quality).optional(),
    })).optional(),
    support: z.array(z.looseObject({
      ...identified,
      channel: text,
      url: is31 ? text.optional() : text,
      description: text.optional(),
      tool: text.optional(),
      scope: text.optional(),
      invitationUrl: text.optional(),
      customProperties,
    })).optional(),
    price: z.looseObject({ ...identified, priceAmount: z.number().optional(), priceCurrency: text.optional(), priceUnit: text.optional() }).optional(),
    team: (is31 ? z.union([team, z.array(member)]) : z.array(member)).optional(),
    roles: z.array(role).optional(),
    slaDefaultElement: text.optional(),
    slaProperties: z.array(z.looseObject({
      ...identified,
      property: text,
      value: scalar,
      valueExt: scalar.optional(),
      unit: text.optional(),
      element: text.optional(),
      driver: text.optional(),
      description: text.optional(),
      scheduler: text.optional(),
      schedule: text.optional(),
      ...(is32 && { customProperties, authoritativeDefinitions: definitions }),
    })).optional(),
    authoritativeDefinitions: definitions,
    customProperties,
    contractCreatedTs: moment.optional(),
  })
}

export const odcs32 = odcs3('3.2')
export const odcs31 = odcs3('3.1')
export const odcs30 = odcs3('3.0')
