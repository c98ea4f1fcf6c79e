// Every page and its address. A page's loader fetches, the page assumes data; whoever is not signed in is sent to sign in.

import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router'
import { ApiProblem } from '@tulle/api'
import { queries, queryClient } from './api.ts'
import { CapabilitiesPage } from './pages/capabilities.tsx'
import { CataloguePage } from './pages/catalogue.tsx'
import { ProductPage } from './pages/product.tsx'
import { RunPage } from './pages/run.tsx'
import { RunsPage } from './pages/runs.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { Problem } from './shell/problem.tsx'
import { Shell } from './shell/shell.tsx'

const root = createRootRoute({ errorComponent: Problem, notFoundComponent: () => <Problem error={new Error('There is no such page.')} /> })

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { to?: string } => {
    const to = text(search['to'])
    // Only ways within the console: never `//elsewhere`.
    return to !== undefined && /^\/(?![/\\])/u.test(to) ? { to } : {}
  },
  loader: () => queryClient.ensureQueryData(queries.status()),
  component: SignInPage,
})

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(queries.me())
    } catch (error) {
      if (error instanceof ApiProblem && (error.status === 401 || error.status === 403)) throw redirect({ to: '/sign-in', search: { to: location.href } })
      throw error
    }
  },
  component: Shell,
})

const catalogue = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  validateSearch: (search): { q?: string; domain?: string } => {
    const [q, domain] = [text(search['q']), text(search['domain'])]
    return { ...(q !== undefined && { q }), ...(domain !== undefined && { domain }) }
  },
  loader: () => Promise.all([queryClient.ensureQueryData(queries.domains()), queryClient.ensureQueryData(queries.status())]),
  component: CataloguePage,
})

export const PRODUCT_TABS = ['overview', 'ports', 'schema', 'sample', 'runs', 'versions'] as const
export type ProductTab = (typeof PRODUCT_TABS)[number]

const product = createRoute({
  getParentRoute: () => signedIn,
  path: '/products/$product',
  validateSearch: (search): { tab?: ProductTab } => {
    const tab = PRODUCT_TABS.find((name) => name === search['tab'])
    return tab === undefined ? {} : { tab }
  },
  loader: ({ params }) => Promise.all([queryClient.ensureQueryData(queries.product(params.product)), queryClient.ensureQueryData(queries.status())]),
  component: ProductPage,
})

const runs = createRoute({
  getParentRoute: () => signedIn,
  path: '/runs',
  loader: () => queryClient.ensureQueryData(queries.runs({})),
  component: RunsPage,
})

const run = createRoute({
  getParentRoute: () => signedIn,
  path: '/runs/$run',
  loader: ({ params }) => queryClient.ensureQueryData(queries.run(params.run)),
  component: RunPage,
})

const capabilities = createRoute({
  getParentRoute: () => signedIn,
  path: '/capabilities',
  loader: () => queryClient.ensureQueryData(queries.capabilities()),
  component: CapabilitiesPage,
})

export const router = createRouter({
  routeTree: root.addChildren([signIn, signedIn.addChildren([catalogue, product, runs, run, capabilities])]),
  defaultErrorComponent: Problem,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
