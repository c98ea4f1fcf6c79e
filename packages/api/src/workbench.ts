// What people keep beside a product for all who may see it. It holds statements, never rows: whoever opens it asks under their own rights.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, named, nothing, permission } from './nouns.ts'

/** What a person writes: any text but one that a database cannot hold. */
const words = (most: number) => z.string().max(most).refine((text) => !text.includes('\0') && text.isWellFormed(), 'holds a NUL or half a character')

/** Within its product. */
const workName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/u, 'is not lower-case letters, digits and _, beginning with a letter')

const chart = z.object({ mark: z.enum(['bar', 'line', 'dot']).optional(), x: words(200).optional(), y: words(200).optional(), colour: words(200).optional() }).meta({ id: 'Chart' })

const kept = {
  product: z.string(),
  name: z.string(),
  title: z.string(),
  description: z.string().optional(),
  /** Counts its changes: whoever changes it says which one they saw. */
  version: z.number(),
  createdBy: z.string(),
  createdAt: instant,
  changedBy: z.string(),
  changedAt: instant,
  can: z.object({ change: permission }),
}

const savedQuery = z.object({
  ...kept,
  sql: z.string(),
  /** What it is meant for, where readers have a choice. */
  purpose: z.string().optional(),
  /** How its rows are drawn; without one they are a table. */
  chart: chart.optional(),
}).meta({ id: 'SavedQuery' })
export type SavedQuery = z.infer<typeof savedQuery>

const panel = z.object({
  /** The saved query that it shows: its product and its name there. */
  product: z.string(),
  query: z.string(),
  /** Of three columns of the page. */
  width: z.number(),
  view: z.enum(['chart', 'table']),
  /** Left out where it is gone, or beside a product that the viewer may not know of. */
  saved: savedQuery.optional(),
}).meta({ id: 'Panel' })
export type Panel = z.infer<typeof panel>

const dashboardSummary = z.object({ ...kept, panels: z.number() }).meta({ id: 'DashboardSummary' })

const dashboard = z.object({ ...kept, panels: z.array(panel) }).meta({ id: 'Dashboard' })
export type Dashboard = z.infer<typeof dashboard>

const place = z.object({ product: named, name: workName })
const existing = z.object({ product: named, name: named })
const said = { title: words(200).min(1), description: words(2_000).optional(), version: z.number().int().min(1).optional() }
const REFUSALS = ['unknown-product', 'work-exists', 'work-changed', 'work-full', 'unknown-work', 'not-allowed'] as const

const entry = z.object({
  id: z.string(),
  by: z.string(),
  at: instant,
  /** Left out where it was withdrawn. Text, whatever it looks like. */
  text: z.string().optional(),
  can: z.object({ withdraw: permission }),
})

const discussion = z.object({
  /** The one with the newest word first; entries oldest first. */
  threads: z.array(z.object({ id: z.string(), entries: z.array(entry) })),
}).meta({ id: 'Discussion' })
export type Discussion = z.infer<typeof discussion>

export const workbenchEndpoints = {
  listSavedQueries: {
    method: 'GET', path: '/queries', tag: 'workbench', auth: 'signed-in',
    summary: 'Lists saved queries of the products that the caller may know of.',
    query: z.object({ product: named.optional() }),
    response: z.object({ queries: z.array(savedQuery) }),
    errors: ['unknown-product'],
  },
  getSavedQuery: {
    method: 'GET', path: '/products/:product/queries/:name', tag: 'workbench', auth: 'signed-in',
    summary: 'Shows a saved query.',
    params: existing,
    response: savedQuery,
    errors: ['unknown-product', 'unknown-work'],
  },
  saveQuery: {
    method: 'PUT', path: '/products/:product/queries/:name', tag: 'workbench', auth: 'signed-in',
    summary: 'Saves a query beside a product, for all who may see it; without a version a new one, else a change of that version.',
    params: place,
    body: z.object({ ...said, sql: words(100_000).min(1), purpose: words(200).optional(), chart: chart.optional() }),
    response: savedQuery,
    errors: REFUSALS,
  },
  deleteSavedQuery: {
    method: 'DELETE', path: '/products/:product/queries/:name', tag: 'workbench', auth: 'signed-in',
    summary: 'Deletes a saved query: its author may, and whoever keeps the product.',
    params: existing,
    response: nothing,
    status: 204,
    errors: ['unknown-product', 'unknown-work', 'not-allowed'],
  },
  listDashboards: {
    method: 'GET', path: '/dashboards', tag: 'workbench', auth: 'signed-in',
    summary: 'Lists dashboards of the products that the caller may know of.',
    query: z.object({ product: named.optional() }),
    response: z.object({ dashboards: z.array(dashboardSummary) }),
    errors: ['unknown-product'],
  },
  getDashboard: {
    method: 'GET', path: '/products/:product/dashboards/:name', tag: 'workbench', auth: 'signed-in',
    summary: 'Shows a dashboard with the saved queries of its panels; their rows each viewer asks for.',
    params: existing,
    response: dashboard,
    errors: ['unknown-product', 'unknown-work'],
  },
  saveDashboard: {
    method: 'PUT', path: '/products/:product/dashboards/:name', tag: 'workbench', auth: 'signed-in',
    summary: 'Saves a dashboard beside a product, for all who may see it; without a version a new one, else a change of that version.',
    params: place,
    body: z.object({
      ...said,
      panels: z.array(z.object({ product: named, query: workName, width: z.number().int().min(1).max(3).default(1), view: z.enum(['chart', 'table']).default('chart') })).max(24),
    }),
    response: dashboard,
    errors: REFUSALS,
  },
  deleteDashboard: {
    method: 'DELETE', path: '/products/:product/dashboards/:name', tag: 'workbench', auth: 'signed-in',
    summary: 'Deletes a dashboard: its author may, and whoever keeps the product.',
    params: existing,
    response: nothing,
    status: 204,
    errors: ['unknown-product', 'unknown-work', 'not-allowed'],
  },
  watchPublications: {
    method: 'GET', path: '/publications/events', tag: 'workbench', auth: 'signed-in', stream: 'sse',
    summary: 'Tells, from now on, of each publication of a product that the caller may know of.',
    response: z.object({ product: z.string(), at: instant }).meta({ id: 'Publication' }),
  },
  listDiscussion: {
    method: 'GET', path: '/products/:product/discussion', tag: 'workbench', auth: 'signed-in',
    summary: 'Shows what people said about a product, in threads.',
    params: z.object({ product: named }),
    response: discussion,
    errors: ['unknown-product'],
  },
  say: {
    method: 'POST', path: '/products/:product/discussion', tag: 'workbench', auth: 'signed-in', status: 201,
    summary: 'Says something about a product, in a thread or as the first of a new one; those who keep the product and those who spoke there hear of it.',
    params: z.object({ product: named }),
    body: z.object({ text: words(4_000).min(1), thread: z.string().max(100).optional() }),
    response: discussion,
    errors: ['unknown-product', 'unknown-thread', 'said-much'],
  },
  withdraw: {
    method: 'DELETE', path: '/products/:product/discussion/:entry', tag: 'workbench', auth: 'signed-in',
    summary: 'Withdraws what one said; whoever keeps the product may do so with anything.',
    params: z.object({ product: named, entry: named }),
    response: discussion,
    errors: ['unknown-product', 'unknown-entry-said', 'not-allowed'],
  },
} as const satisfies Record<string, Endpoint>
