// Who uses the product: for those who answer for it.

import { Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Product } from '@tulle/api'
import { queries } from '../api.ts'
import { ForOthers } from '../shell/problem.tsx'
import { UsageView } from '../usage/usage-view.tsx'

export function UsageTab({ product }: { readonly product: Product }) {
  const usage = useQuery(queries.productUsage(product.name))
  if (usage.isError) return <ForOthers error={usage.error} title="Only who answers for the product sees its use" />
  if (usage.data === undefined) return <Stack role="status" aria-label="Counting"><Skeleton h={110} /><Skeleton h={170} /></Stack>
  return <UsageView usage={usage.data} />
}
