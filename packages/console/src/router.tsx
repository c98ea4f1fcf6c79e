// Every page and its address. A page's loader fetches, the page assumes data; whoever is not signed in is sent to sign in.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { readAskSearch, readAuditSearch, readBackfillSearch, readCatalogueSearch, readDashboardSearch, readEditorSearch, readGovernanceSearch, readIncidentSearch, readMapSearch, readProductSearch, readRunSearch, readSignInSearch, readWorkbenchSearch } from './addresses.ts'
import { isSignedOut, queries, queryClient } from './api.ts'
import { CataloguePage } from './pages/catalogue.tsx'
import { NotFoundPage } from './pages/not-found.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { Loading } from './shell/loading.tsx'
import { ProblemPage } from './shell/problem.tsx'
import { Shell } from './shell/shell.tsx'

const root = createRootRoute({ errorComponent: ProblemPage, notFoundComponent: NotFoundPage })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: readSignInSearch,
  loader: () => queryClient.ensureQueryData(queries.status()),
  component: SignInPage,
})

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ location }) => {
    // Asked at the same time as who the viewer is: three answers one after the other are what a first page waits for.
    void queryClient.prefetchQuery(queries.status())
    void queryClient.prefetchQuery(queries.domains())
    if (location.pathname === '/') void queryClient.prefetchInfiniteQuery(queries.catalogue(readCatalogueSearch(location.search)))
    try {
      await queryClient.ensureQueryData(queries.me())
    } catch (error) {
      if (isSignedOut(error)) throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { to: location.href } })
      throw error
    }
  },
  loader: () => Promise.all([queryClient.ensureQueryData(queries.status()), queryClient.ensureQueryData(queries.domains())]),
  component: Shell,
})

const catalogue = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  validateSearch: readCatalogueSearch,
  component: CataloguePage,
})

const product = createRoute({
  getParentRoute: () => signedIn,
  path: '/products/$product',
  validateSearch: readProductSearch,
  loader: ({ params }) => Promise.all([queryClient.ensureQueryData(queries.product(params.product)), queryClient.ensureQueryData(queries.teams()), queryClient.ensureQueryData(queries.purposes())]),
  component: lazyRouteComponent(() => import('./pages/product.tsx'), 'ProductPage'),
})

const map = createRoute({
  getParentRoute: () => signedIn,
  path: '/map',
  validateSearch: readMapSearch,
  loader: () => queryClient.ensureQueryData(queries.meshGraph()),
  component: lazyRouteComponent(() => import('./pages/map.tsx'), 'MapPage'),
})

const ask = createRoute({
  getParentRoute: () => signedIn,
  path: '/products/$product/ask',
  validateSearch: readAskSearch,
  loader: ({ params }) => Promise.all([queryClient.ensureQueryData(queries.product(params.product)), queryClient.ensureQueryData(queries.purposes())]),
  component: lazyRouteComponent(() => import('./pages/ask.tsx'), 'AskPage'),
})

const inbox = createRoute({
  getParentRoute: () => signedIn,
  path: '/inbox',
  loader: () => queryClient.ensureQueryData(queries.requests('inbox')),
  component: lazyRouteComponent(() => import('./pages/inbox.tsx'), 'InboxPage'),
})

const myAccess = createRoute({
  getParentRoute: () => signedIn,
  path: '/access',
  loader: () => Promise.all([queryClient.ensureQueryData(queries.myGrants()), queryClient.ensureQueryData(queries.requests('mine'))]),
  component: lazyRouteComponent(() => import('./pages/my-access.tsx'), 'MyAccessPage'),
})

const request = createRoute({
  getParentRoute: () => signedIn,
  path: '/access/requests/$request',
  loader: ({ params }) => queryClient.ensureQueryData(queries.request(params.request)),
  component: lazyRouteComponent(() => import('./pages/request.tsx'), 'RequestPage'),
})

const runs = createRoute({
  getParentRoute: () => signedIn,
  path: '/runs',
  validateSearch: readRunSearch,
  loaderDeps: ({ search: { product: ofProduct, status } }) => ({ product: ofProduct, status }),
  loader: ({ deps }) => queryClient.ensureQueryData(queries.runs(deps)),
  component: lazyRouteComponent(() => import('./pages/runs.tsx'), 'RunsPage'),
})

const run = createRoute({
  getParentRoute: () => signedIn,
  path: '/runs/$run',
  loader: ({ params }) => queryClient.ensureQueryData(queries.run(params.run)),
  component: lazyRouteComponent(() => import('./pages/run.tsx'), 'RunPage'),
})

const incidents = createRoute({
  getParentRoute: () => signedIn,
  path: '/incidents',
  validateSearch: readIncidentSearch,
  component: lazyRouteComponent(() => import('./pages/incidents.tsx'), 'IncidentsPage'),
})

const incident = createRoute({
  getParentRoute: () => signedIn,
  path: '/incidents/$incident',
  loader: ({ params }) => queryClient.ensureQueryData(queries.incident(params.incident)),
  component: lazyRouteComponent(() => import('./pages/incident.tsx'), 'IncidentPage'),
})

const erasure = createRoute({
  getParentRoute: () => signedIn,
  path: '/erasure',
  loader: () => queryClient.ensureQueryData(queries.erasures()),
  component: lazyRouteComponent(() => import('./pages/erasure.tsx'), 'ErasurePage'),
})

const audit = createRoute({
  getParentRoute: () => signedIn,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('./pages/audit.tsx'), 'AuditPage'),
})

const capabilities = createRoute({
  getParentRoute: () => signedIn,
  path: '/capabilities',
  loader: () => queryClient.ensureQueryData(queries.capabilities()),
  component: lazyRouteComponent(() => import('./pages/capabilities.tsx'), 'CapabilitiesPage'),
})

const capability = createRoute({
  getParentRoute: () => signedIn,
  path: '/capabilities/$type',
  loader: ({ params }) => queryClient.ensureQueryData(queries.capability(params.type)),
  component: lazyRouteComponent(() => import('./pages/capability.tsx'), 'CapabilityPage'),
})

const workbench = createRoute({
  getParentRoute: () => signedIn,
  path: '/workbench',
  validateSearch: readWorkbenchSearch,
  component: lazyRouteComponent(() => import('./pages/workbench.tsx'), 'WorkbenchPage'),
})

const governance = createRoute({
  getParentRoute: () => signedIn,
  path: '/governance',
  validateSearch: readGovernanceSearch,
  component: lazyRouteComponent(() => import('./pages/governance.tsx'), 'GovernancePage'),
})

const platform = createRoute({
  getParentRoute: () => signedIn,
  path: '/platform',
  loader: () => queryClient.ensureQueryData(queries.platform()),
  component: lazyRouteComponent(() => import('./pages/platform.tsx'), 'PlatformPage'),
})

const backfills = createRoute({
  getParentRoute: () => signedIn,
  path: '/backfills',
  validateSearch: readBackfillSearch,
  loader: () => queryClient.ensureQueryData(queries.products({})),
  component: lazyRouteComponent(() => import('./pages/backfills.tsx'), 'BackfillsPage'),
})

const webhooks = createRoute({
  getParentRoute: () => signedIn,
  path: '/webhooks',
  loader: () => queryClient.ensureQueryData(queries.webhooks(undefined)),
  component: lazyRouteComponent(() => import('./pages/webhooks.tsx'), 'WebhooksPage'),
})

const webhook = createRoute({
  getParentRoute: () => signedIn,
  path: '/webhooks/$webhook',
  loader: ({ params }) => queryClient.ensureQueryData(queries.webhook(params.webhook)),
  component: lazyRouteComponent(() => import('./pages/webhook.tsx'), 'WebhookPage'),
})

const editor = createRoute({
  getParentRoute: () => signedIn,
  path: '/editor',
  validateSearch: readEditorSearch,
  loader: () => Promise.all([queryClient.ensureQueryData(queries.meshFiles()), queryClient.ensureQueryData(queries.schemas())]),
  component: lazyRouteComponent(() => import('./pages/editor.tsx'), 'EditorPage'),
})

const dashboards = createRoute({
  getParentRoute: () => signedIn,
  path: '/dashboards',
  loader: () => queryClient.ensureQueryData(queries.dashboards()),
  component: lazyRouteComponent(() => import('./pages/dashboards.tsx'), 'DashboardsPage'),
})

const dashboard = createRoute({
  getParentRoute: () => signedIn,
  path: '/dashboards/$product/$name',
  validateSearch: readDashboardSearch,
  loader: ({ params: { product: beside, name } }) => queryClient.ensureQueryData(queries.dashboard(beside, name)),
  component: lazyRouteComponent(() => import('./pages/dashboard.tsx'), 'DashboardPage'),
})

const usage = createRoute({
  getParentRoute: () => signedIn,
  path: '/usage',
  loader: () => queryClient.ensureQueryData(queries.meshUsage()),
  component: lazyRouteComponent(() => import('./pages/usage.tsx'), 'UsagePage'),
})

const anywhereElse = createRoute({ getParentRoute: () => signedIn, path: '$', component: NotFoundPage })

export const router = createRouter({
  routeTree: root.addChildren([signIn, signedIn.addChildren([catalogue, map, product, ask, inbox, myAccess, request, runs, run, incidents, incident, audit, erasure, capabilities, capability, workbench, dashboards, dashboard, editor, governance, platform, backfills, webhooks, webhook, usage, anywhereElse])]),
  defaultErrorComponent: ProblemPage,
  defaultPendingComponent: Loading,
  defaultPendingMs: 300,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
