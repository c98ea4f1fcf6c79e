// `kind: PolicyCases`: questions with the answers that a mesh's policies must give, kept beside them as data.

import { z } from 'zod'
import { withoutUndefined } from '../capabilities/without-undefined.ts'
import type { PolicyCase } from '../governance.ts'
import { documentOfKind, nameText, OWN_API_VERSION } from './envelope.ts'

const words = z.array(z.string().min(1).max(200))
const scalar = z.union([z.string(), z.number(), z.boolean()])

const subject = z.strictObject({
  name: z.string().min(1).max(200).describe('The account.'),
  role: z.enum(['administrator', 'steward', 'owner', 'developer', 'consumer']).optional().describe('Its role; without it consumer.'),
  kind: z.enum(['user', 'service']).optional().describe('Person or service; without it user.'),
  teams: words.optional().describe('Its teams.'),
  domains: words.optional().describe('The domains of its teams.'),
  attributes: z.record(z.string(), z.union([scalar, z.array(scalar)])).optional().describe('What is known of it besides.'),
})

const grant = z.strictObject({
  on: z.string().describe('A product, or product.data_set.'),
  columns: words.optional().describe('Only these columns.'),
  where: z.string().optional().describe('Only rows for which this is true.'),
  unmasked: words.optional().describe('Columns that masks do not hide.'),
  purposes: words.optional().describe("For which purposes; without it the question's."),
})

const expected = z.strictObject({
  effect: z.enum(['allow', 'deny']).describe('Whether anything may be read.'),
  columns: words.optional().describe('Exactly these columns, in the order of the data set.'),
  masked: words.optional().describe('Exactly these columns are masked.'),
  rows: z.string().optional().describe('Exactly this condition filters rows; all: none does.'),
  rules: words.optional().describe('Exactly these rules had an effect: policy.rule.'),
})

const oneCase = z.strictObject({
  name: z.string().min(1).max(200).describe('What is shown by it.'),
  subject: subject.describe('Who asks.'),
  grants: z.array(z.union([z.string(), grant])).optional().describe('Which grants the subject has.'),
  read: z.string().regex(/^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$/, 'must be product.data_set').describe('What is read: product.data_set.'),
  purpose: z.string().optional().describe('What for.'),
  environment: z.string().optional().describe('Where; without it prod.'),
  answers: z.record(z.string().max(200), z.json()).optional().describe('What policies in Rego answer, by policy.rule; one that is missing was not asked, which denies.'),
  at: z.iso.datetime('must be a time in UTC, like 2026-06-01T12:00:00Z').optional().describe('When; without it a Monday at noon.'),
  expect: expected.describe('What the answer must be.'),
})

export const policyCasesDocument = documentOfKind({
  kinds: ['PolicyCases'],
  apiVersions: [OWN_API_VERSION],
  name: nameText,
  spec: z.strictObject({ cases: z.array(oneCase).min(1, 'must have at least one').max(5_000).describe('The questions.') }).describe('Questions and answers.'),
})

export type PolicyCasesDocument = z.output<typeof policyCasesDocument>

/** A case as it is asked. */
export function policyCaseOf(written: z.output<typeof oneCase>): Omit<PolicyCase, 'place'> {
  const { name, subject: who, grants = [], read, purpose, environment = 'prod', answers, at, expect } = written
  const [product = '', dataSet = ''] = read.split('.')
  return withoutUndefined({
    name,
    subject: withoutUndefined({ id: who.name, name: who.name, kind: who.kind ?? ('user' as const), role: who.role ?? ('consumer' as const), teams: who.teams ?? [], domains: who.domains, attributes: who.attributes }),
    grants: grants.map((given) => {
      const { on, ...rest } = typeof given === 'string' ? { on: given } : given
      const [ofProduct = '', ofDataSet] = on.split('.')
      return withoutUndefined({ product: ofProduct, dataSet: ofDataSet, ...rest })
    }),
    product,
    dataSet,
    purpose,
    environment,
    answers,
    at: at === undefined ? Date.UTC(2026, 5, 1, 12) : Date.parse(at),
    expect,
  }) as Omit<PolicyCase, 'place'>
}
