// The console's one way to the server. The session is an HttpOnly cookie, so no script ever holds the token.

import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query'
import { ApiProblem, createClient, valueOrThrow } from '@tulle/api'
import type { DataSet, Problem } from '@tulle/api'
import type { AuditSearch, CatalogueSearch, IncidentSearch, RowState, RunSearch } from './addresses.ts'

export const client = createClient({ baseUrl: '' })

export const isSignedOut = (error: unknown): boolean => error instanceof ApiProblem && error.diagnostics.some((d) => d.code === 'not-signed-in')

/** What an answer beside the API's table says went wrong. */
export function problemOf(body: unknown): ApiProblem {
  const { status, diagnostics } = body as Problem
  return new ApiProblem({ ok: false, status, diagnostics })
}

const isRefusal = (error: unknown): boolean => error instanceof ApiProblem && error.status >= 400 && error.status < 500

export const queryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: 5_000, retry: (failures, error) => failures < 2 && !isRefusal(error) } },
})

/** What an owner takes away of a request. */
export interface Narrowing { readonly columns?: string[]; readonly rowCondition?: string; readonly seconds?: number }

const HOURS = { hour: 1, day: 24, week: 168 } as const

/** How many products a page shows at first, and with each "More". */
const PAGE = 60

/** How long names of domains, teams and purposes are believed. */
const SELDOM = { staleTime: 60_000 }

export const queries = {
  status: () => queryOptions({ queryKey: ['status'], queryFn: () => valueOrThrow(client.status()), ...SELDOM }),
  me: () => queryOptions({ queryKey: ['me'], queryFn: () => valueOrThrow(client.me()), ...SELDOM }),
  products: (search: { readonly domain?: string }) =>
    queryOptions({ queryKey: ['products', search], queryFn: ({ signal }) => valueOrThrow(client.listProducts({ ...search, limit: 500 }, { signal })) }),
  /** A first look, as it is typed. */
  search: (search: { readonly q: string; readonly limit: number }) =>
    queryOptions({ queryKey: ['search', search], queryFn: ({ signal }) => valueOrThrow(client.search(search, { signal })) }),
  catalogue: ({ readable, ...search }: CatalogueSearch) =>
    infiniteQueryOptions({
      queryKey: ['catalogue', readable, search],
      queryFn: ({ signal, pageParam }) => valueOrThrow(client.search({ ...search, ...(readable === true && { readable: 'true' }), limit: PAGE, offset: pageParam }, { signal })),
      initialPageParam: 0,
      getNextPageParam: ({ total }, pages) => (pages.length * PAGE < total ? pages.length * PAGE : undefined),
    }),
  domains: () => queryOptions({ queryKey: ['domains'], queryFn: () => valueOrThrow(client.listDomains()), ...SELDOM }),
  meshGraph: () => queryOptions({ queryKey: ['mesh-graph'], queryFn: ({ signal }) => valueOrThrow(client.getMeshGraph({}, { signal })) }),
  teams: () => queryOptions({ queryKey: ['teams'], queryFn: () => valueOrThrow(client.listTeams()), ...SELDOM }),
  purposes: () => queryOptions({ queryKey: ['purposes'], queryFn: () => valueOrThrow(client.listPurposes()), ...SELDOM }),
  product: (product: string) => queryOptions({ queryKey: ['product', product], queryFn: () => valueOrThrow(client.getProduct({ product })) }),
  productStatus: (product: string) => queryOptions({ queryKey: ['product-status', product], queryFn: () => valueOrThrow(client.getProductStatus({ product })) }),
  /** Values are shown as rights are now, never as they were. */
  profile: (product: string, { name, access, snapshotId }: DataSet, snapshot: string | undefined) =>
    queryOptions({ queryKey: ['profile', product, name, access.effect, access.columns, snapshotId, snapshot], queryFn: ({ signal }) => valueOrThrow(client.getProfile({ product, dataSet: name, ...(snapshot !== undefined && { snapshot }) }, { signal })), staleTime: 0, gcTime: 0 }),
  /** Asked anew when the viewer's rights or the served version are others than they were. */
  sample: (product: string, { name, access, snapshotId }: DataSet) =>
    queryOptions({
      queryKey: ['sample', product, name, access.effect, access.columns, snapshotId],
      queryFn: ({ signal }) => valueOrThrow(client.sampleRows({ product, dataSet: name, limit: 20 }, { signal })),
      // Rows are shown as rights and data are now, never as they were.
      staleTime: 0,
      gcTime: 0,
    }),
  snapshots: (product: string, dataSet: string) =>
    queryOptions({ queryKey: ['snapshots', product, dataSet], queryFn: () => valueOrThrow(client.listSnapshots({ product, dataSet, limit: 50 })) }),
  changelog: (product: string) => queryOptions({ queryKey: ['changelog', product], queryFn: ({ signal }) => valueOrThrow(client.getChangelog({ product }, { signal })) }),
  contractDifference: (product: string, dataSet: string, from: string, to: string | undefined) =>
    queryOptions({ queryKey: ['contract-difference', product, dataSet, from, to], queryFn: ({ signal }) => valueOrThrow(client.diffContracts({ product, dataSet, from, ...(to !== undefined && { to }) }, { signal })) }),
  /** Rows are shown as rights are now, never as they were. */
  difference: (product: string, dataSet: string, from: string, to: string) =>
    queryOptions({ queryKey: ['difference', product, dataSet, from, to], queryFn: ({ signal }) => valueOrThrow(client.diffSnapshots({ product, dataSet, from, to, limit: 50 }, { signal })), staleTime: 0, gcTime: 0 }),
  /** Another one once something else is published. */
  lineage: (product: string, { name, snapshotId }: DataSet, { column, at, depth }: { readonly column: string | undefined; readonly at: string | undefined; readonly depth: number }) =>
    queryOptions({
      queryKey: ['lineage', product, name, snapshotId, column, at, depth],
      queryFn: ({ signal }) => valueOrThrow(client.getLineage({ product, dataSet: name, depth, ...(column !== undefined && { column }), ...(at !== undefined && { snapshot: at }) }, { signal })),
    }),
  influence: ({ product, dataSet, where }: { readonly product: string; readonly dataSet: string; readonly where: string }) =>
    queryOptions({ queryKey: ['influence', product, dataSet, where], queryFn: ({ signal }) => valueOrThrow(client.getInfluence({ product, dataSet, where, limit: 50 }, { signal })), gcTime: 0, staleTime: 0 }),
  /** Rows are shown as rights are now, never as they were. */
  provenance: ({ product, dataSet, where, snapshot }: { readonly product: string; readonly dataSet: string; readonly where: string; readonly snapshot?: string | undefined }) =>
    queryOptions({
      queryKey: ['provenance', product, dataSet, where, snapshot],
      queryFn: ({ signal }) => valueOrThrow(client.getProvenance({ product, dataSet, where, limit: 50, ...(snapshot !== undefined && { snapshot }) }, { signal })),
      staleTime: 0,
      gcTime: 0,
    }),
  /** Those of the viewer and of products that the viewer keeps. */
  myGrants: () => queryOptions({ queryKey: ['my-grants'], queryFn: () => valueOrThrow(client.listGrants({})) }),
  grant: (grant: string) => queryOptions({ queryKey: ['grant', grant], queryFn: () => valueOrThrow(client.getGrant({ grant })), staleTime: 0 }),
  requests: (view: 'mine' | 'inbox') => queryOptions({ queryKey: ['requests', view], queryFn: () => valueOrThrow(client.listAccessRequests({ view })) }),
  request: (request: string) => queryOptions({ queryKey: ['request', request], queryFn: () => valueOrThrow(client.getAccessRequest({ request })) }),
  /** What a request would show, as it is being written. */
  check: (draft: Parameters<typeof client.checkAccessRequest>[0]) =>
    queryOptions({ queryKey: ['check', draft], queryFn: ({ signal }) => valueOrThrow(client.checkAccessRequest(draft, { signal })), staleTime: 0, gcTime: 0 }),
  /** Rows are shown as rights and data are now, never as they were. */
  exposure: (request: string, narrowing: Narrowing) =>
    queryOptions({ queryKey: ['exposure', request, narrowing], queryFn: ({ signal }) => valueOrThrow(client.exposeAccessRequest({ request, ...narrowing, limit: 10 }, { signal })), staleTime: 0, gcTime: 0 }),
  grants: (product: string) => queryOptions({ queryKey: ['grants', product], queryFn: () => valueOrThrow(client.listGrants({ product })) }),
  consumers: (product: string) => queryOptions({ queryKey: ['consumers', product], queryFn: ({ signal }) => valueOrThrow(client.listConsumers({ product }, { signal })) }),
  subscribers: (product: string) => queryOptions({ queryKey: ['subscribers', product], queryFn: ({ signal }) => valueOrThrow(client.listSubscribers({ product }, { signal })) }),
  /** Without a product, the viewer's own. */
  webhooks: (product: string | undefined) => queryOptions({ queryKey: ['webhooks', product], queryFn: ({ signal }) => valueOrThrow(client.listWebhooks(product === undefined ? {} : { product }, { signal })) }),
  webhook: (webhook: string) => queryOptions({ queryKey: ['webhook', webhook], queryFn: ({ signal }) => valueOrThrow(client.getWebhook({ webhook }, { signal })) }),
  deliveries: (webhook: string) => queryOptions({ queryKey: ['webhook', webhook, 'deliveries'], queryFn: ({ signal }) => valueOrThrow(client.listWebhookDeliveries({ webhook, limit: 50 }, { signal })) }),
  deadLetters: (webhook: string) => queryOptions({ queryKey: ['webhook', webhook, 'dead-letters'], queryFn: ({ signal }) => valueOrThrow(client.listWebhookDeadLetters({ webhook, limit: 200 }, { signal })) }),
  runs: (search: RunSearch) => queryOptions({ queryKey: ['runs', search], queryFn: () => valueOrThrow(client.listRuns({ ...search, limit: 50 })) }),
  run: (run: string) => queryOptions({ queryKey: ['run', run], queryFn: () => valueOrThrow(client.getRun({ run })) }),
  notices: () => queryOptions({ queryKey: ['notices'], queryFn: () => valueOrThrow(client.listNotices({ limit: 20 })), refetchInterval: 15_000 }),
  quarantine: (product: string) => queryOptions({ queryKey: ['quarantine', product], queryFn: () => valueOrThrow(client.getQuarantine({ product })), staleTime: 0 }),
  /** Rows are shown as rights are now, never as they were. */
  setAside: (product: string, dataSet: string, state: RowState | undefined) =>
    queryOptions({ queryKey: ['quarantine', product, dataSet, state], queryFn: ({ signal }) => valueOrThrow(client.listQuarantinedRows({ product, dataSet, limit: 100, ...(state !== undefined && { state }) }, { signal })), staleTime: 0, gcTime: 0 }),
  incidents: (search: IncidentSearch) => queryOptions({ queryKey: ['incidents', search], queryFn: () => valueOrThrow(client.listIncidents({ ...search, limit: 100 })) }),
  incident: (incident: string) => queryOptions({ queryKey: ['incident', incident], queryFn: () => valueOrThrow(client.getIncident({ incident })) }),
  audit: ({ since, ...search }: AuditSearch) =>
    queryOptions({
      queryKey: ['audit', since, search],
      queryFn: ({ signal }) => valueOrThrow(client.listAudit({ kind: 'line', limit: 100, ...search, ...(since !== undefined && { from: new Date(Date.now() - HOURS[since] * 3_600_000).toISOString() }) }, { signal })),
      staleTime: 0,
      gcTime: 0,
    }),
  retention: (product: string) => queryOptions({ queryKey: ['retention', product], queryFn: ({ signal }) => valueOrThrow(client.getRetention({ product }, { signal })) }),
  archives: (product: string) => queryOptions({ queryKey: ['archives', product], queryFn: ({ signal }) => valueOrThrow(client.listArchives({ product }, { signal })) }),
  erasures: () => queryOptions({ queryKey: ['erasures'], queryFn: ({ signal }) => valueOrThrow(client.listErasures({}, { signal })) }),
  erasure: (id: string) => queryOptions({ queryKey: ['erasure', id], queryFn: ({ signal }) => valueOrThrow(client.getErasure({ id }, { signal })) }),
  auditVerified: () => queryOptions({ queryKey: ['audit-verified'], queryFn: ({ signal }) => valueOrThrow(client.verifyAudit({}, { signal })), staleTime: 0, gcTime: 0 }),
  /** What the viewer may read for a purpose, to complete statements by. */
  readable: (purpose: string | undefined) =>
    queryOptions({ queryKey: ['readable', purpose], queryFn: () => valueOrThrow(client.listReadable(purpose === undefined ? {} : { purpose })), staleTime: 30_000 }),
  policies: () => queryOptions({ queryKey: ['policies'], queryFn: () => valueOrThrow(client.listPolicies()) }),
  /** Who would lose what if a policy had another status. */
  policyPreview: (policy: string, status: 'draft' | 'grace' | 'enforced' | 'retired') =>
    queryOptions({ queryKey: ['policy-preview', policy, status], queryFn: ({ signal }) => valueOrThrow(client.previewPolicy({ policy, status }, { signal })), staleTime: 0, gcTime: 0 }),
  coverage: () => queryOptions({ queryKey: ['coverage'], queryFn: () => valueOrThrow(client.getCoverage()) }),
  elevations: () => queryOptions({ queryKey: ['elevations'], queryFn: () => valueOrThrow(client.listElevations()) }),
  freezes: () => queryOptions({ queryKey: ['freezes'], queryFn: () => valueOrThrow(client.listFreezes({})) }),
  platform: () => queryOptions({ queryKey: ['platform'], queryFn: () => valueOrThrow(client.getPlatform()) }),
  backfills: (product: string) => queryOptions({ queryKey: ['backfills', product], queryFn: () => valueOrThrow(client.listBackfills({ product })) }),
  discussion: (product: string) => queryOptions({ queryKey: ['discussion', product], queryFn: () => valueOrThrow(client.listDiscussion({ product })) }),
  meshFiles: () => queryOptions({ queryKey: ['mesh-files'], queryFn: () => valueOrThrow(client.listMeshFiles()) }),
  meshFile: (path: string) => queryOptions({ queryKey: ['mesh-file', path], queryFn: ({ signal }) => valueOrThrow(client.readMeshFile({ path }, { signal })), staleTime: 0 }),
  schemas: () => queryOptions({ queryKey: ['schemas'], queryFn: () => valueOrThrow(client.listSchemas()), ...SELDOM }),
  /** What the folder would be with some changes. */
  trial: (changes: readonly { readonly path: string; readonly text: string }[]) =>
    queryOptions({ queryKey: ['trial', changes], queryFn: ({ signal }) => valueOrThrow(client.tryMeshFiles({ changes: [...changes] }, { signal })), staleTime: 0, gcTime: 0 }),
  savedQueries: () => queryOptions({ queryKey: ['saved-queries'], queryFn: () => valueOrThrow(client.listSavedQueries({})) }),
  dashboards: () => queryOptions({ queryKey: ['dashboards'], queryFn: () => valueOrThrow(client.listDashboards({})) }),
  dashboard: (product: string, name: string) => queryOptions({ queryKey: ['dashboard', product, name], queryFn: () => valueOrThrow(client.getDashboard({ product, name })) }),
  /** Rows are shown as rights are now; asked anew when a product that it reads publishes. */
  panel: (query: string, sql: string, purpose: string | undefined) =>
    queryOptions({ queryKey: ['panel', query, sql, purpose], queryFn: ({ signal }) => valueOrThrow(client.query({ sql, limit: 2_000, ...(purpose !== undefined && { purpose }) }, { signal })), staleTime: Infinity, gcTime: 0 }),
  productUsage: (product: string) => queryOptions({ queryKey: ['usage', product], queryFn: () => valueOrThrow(client.productUsage({ product })) }),
  meshUsage: () => queryOptions({ queryKey: ['usage'], queryFn: () => valueOrThrow(client.meshUsage({})) }),
  capabilities: () => queryOptions({ queryKey: ['capabilities'], queryFn: () => valueOrThrow(client.listCapabilities()), ...SELDOM }),
  capability: (type: string) => queryOptions({ queryKey: ['capability', type], queryFn: () => valueOrThrow(client.getCapability({ type })), ...SELDOM }),
} as const
