import { useQuery } from '@tanstack/react-query'
import type { Product } from '@tulle/api'
import { queries } from '../api.ts'
import { RunTable } from '../shell/run-table.tsx'

export function ProductRuns({ product }: { readonly product: Product }) {
  const { data } = useQuery({ ...queries.runs({ product: product.name }), refetchInterval: 2_000 })
  return <RunTable runs={data?.runs ?? product.runs} />
}
