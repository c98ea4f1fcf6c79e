// Whether the viewer hears of the incidents of a product.

import { Button, Stack } from '@mantine/core'
import { IconBell, IconBellOff } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import { client, queries, queryClient } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'

export function Subscribe({ product, subscribed }: { readonly product: string; readonly subscribed: boolean }) {
  const change = useMutation({
    mutationFn: () => valueOrThrow(subscribed ? client.unsubscribeFromIncidents({ product }) : client.subscribeToIncidents({ product })),
    onSuccess: () => queryClient.invalidateQueries(queries.productStatus(product)),
  })
  return (
    <Stack gap={4} align="end">
      <Button variant="default" loading={change.isPending} leftSection={subscribed ? <IconBellOff size={16} aria-hidden /> : <IconBell size={16} aria-hidden />} onClick={() => change.mutate()}>
        {subscribed ? 'Tell me no more of incidents' : 'Tell me of incidents'}
      </Button>
      {change.isError && <ProblemAlert error={change.error} />}
    </Stack>
  )
}
