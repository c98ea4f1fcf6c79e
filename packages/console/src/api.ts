// The console's one way to the server. The session is an HttpOnly cookie, so no script ever holds the token.

import { QueryClient, queryOptions } from '@tanstack/react-query'
import { ApiProblem, createClient, valueOrThrow } from '@tulle/api'

export const client = createClient({ baseUrl: '' })

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
    },
  },
})

export const queries = {
  status: () => queryOptions({ queryKey: ['status'], queryFn: () => valueOrThrow(client.status()), staleTime: 60_000 }),
  me: () => queryOptions({ queryKey: ['me'], queryFn: () => valueOrThrow(client.me()), staleTime: 60_000 }),
  products: (search: { readonly q?: string; readonly domain?: string }) =>
    queryOptions({ queryKey: ['products', search], queryFn: () => valueOrThrow(client.listProducts({ ...search, limit: 200 })) }),
  domains: () => queryOptions({ queryKey: ['domains'], queryFn: () => valueOrThrow(client.listDomains()), staleTime: 60_000 }),
  product: (product: string) => queryOptions({ queryKey: ['product', product], queryFn: () => valueOrThrow(client.getProduct({ product })) }),
  sample: (product: string, dataSet: string) =>
    queryOptions({ queryKey: ['sample', product, dataSet], queryFn: () => valueOrThrow(client.sampleRows({ product, dataSet, limit: 20 })), staleTime: 0 }),
  snapshots: (product: string, dataSet: string) =>
    queryOptions({ queryKey: ['snapshots', product, dataSet], queryFn: () => valueOrThrow(client.listSnapshots({ product, dataSet, limit: 20 })) }),
  runs: (search: { readonly product?: string }) => queryOptions({ queryKey: ['runs', search], queryFn: () => valueOrThrow(client.listRuns({ ...search, limit: 50 })) }),
  run: (run: string) => queryOptions({ queryKey: ['run', run], queryFn: () => valueOrThrow(client.getRun({ run })) }),
  capabilities: () => queryOptions({ queryKey: ['capabilities'], queryFn: () => valueOrThrow(client.listCapabilities()), staleTime: 60_000 }),
} as const
