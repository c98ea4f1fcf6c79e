// How a product came to be as it is: what was applied and published, by whom, and what that changed for who reads it.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, limit, named } from './nouns.ts'

const severity = z.enum(['none', 'minor', 'breaking'])
const kind = z.enum(['added', 'removed', 'changed'])

const contractChanges = z.object({
  dataSet: z.string(),
  kind,
  /** Versions of its contract. */
  from: z.string().optional(),
  to: z.string().optional(),
  /** The worst of all ports. */
  severity,
  /** What it means for those who read by this kind of port: new rows by the old version. */
  ports: z.array(z.object({ port: z.enum(['sql', 'files', 'stream']), severity, changes: z.array(z.object({ path: z.string(), severity, reason: z.string() })) })),
}).meta({ id: 'ContractChanges' })
export type ContractChanges = z.infer<typeof contractChanges>

const changelog = z.object({
  /** Newest first: what runs published by another definition than before, as far as versions are kept. */
  versions: z.array(z.object({
    runId: z.string(),
    publishedAt: instant,
    requestedBy: z.string().optional(),
    snapshots: z.record(z.string(), z.string()),
    /** Left out of the oldest that is kept. */
    changes: z.object({
      severity,
      dataSets: z.array(contractChanges),
      /** What makes the rows, by name: its text is for who may run the product. */
      code: z.array(z.object({ what: z.enum(['model', 'input-port', 'dbt-project']), name: z.string(), kind })),
    }).optional(),
  })),
  /** Newest first. */
  applies: z.array(z.object({
    id: z.string(),
    status: z.enum(['running', 'succeeded', 'failed', 'interrupted']),
    by: z.string(),
    at: instant,
    breaking: z.boolean(),
    /** `sentences` say what, to those who may run the product: they may hold code and settings. */
    changes: z.array(z.object({ ref: z.string(), action: z.string(), breaking: z.boolean(), sentences: z.array(z.string()).optional() })),
  })),
}).meta({ id: 'Changelog' })
export type Changelog = z.infer<typeof changelog>

const contractDifference = z.object({
  /** Left out where nothing changed. */
  changes: contractChanges.optional(),
  /** Both as ODCS in YAML; empty where there was none. */
  before: z.string(),
  after: z.string(),
}).meta({ id: 'ContractDifference' })
export type ContractDifference = z.infer<typeof contractDifference>

export const changelogEndpoints = {
  getChangelog: {
    method: 'GET', path: '/products/:product/changelog', tag: 'history', auth: 'signed-in',
    summary: 'Lists what was applied to a product and what its published versions changed, newest first: contracts by what that means for readers, code by name.',
    params: z.object({ product: named }),
    query: z.object({ limit: limit(30, 200) }),
    response: changelog,
    errors: ['unknown-product'],
  },
  diffContracts: {
    method: 'GET', path: '/products/:product/datasets/:dataSet/contract/diff', tag: 'history', auth: 'signed-in',
    summary: 'Compares the contract that a published version keeps with that of another one, or with the one that is applied now.',
    params: z.object({ product: named, dataSet: named }),
    query: z.object({
      /** A snapshot id or a tag such as `contract-1.0.0`. */
      from: named,
      /** The same; without it, the contract that is applied. */
      to: named.optional(),
    }),
    response: contractDifference,
    errors: ['unknown-product', 'unknown-data-set', 'unknown-version', 'recipe-lost', 'not-reproducible'],
  },
} as const satisfies Record<string, Endpoint>
