// What the viewer is told of, and where.

import { Card } from '@mantine/core'
import { IconWebhook } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { queries } from '../api.ts'
import { Empty } from '../shell/empty.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { WebhookTable } from '../webhooks/webhook-table.tsx'

export function WebhooksPage() {
  const { data: { webhooks } } = useSuspenseQuery({ ...queries.webhooks(undefined), refetchInterval: 5_000 })
  return (
    <>
      <PageHead title="Webhooks" about="What happens to products that you read, told to addresses of yours." />
      <Card withBorder padding={0} mt="md" component="section" aria-label="Your webhooks">
        {webhooks.length === 0 ? <Empty icon={IconWebhook} title="No webhook">The Changes tab of a product makes one.</Empty> : <WebhookTable webhooks={webhooks} />}
      </Card>
    </>
  )
}
