import { Stack } from '@mantine/core'
import { IconInbox } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { RequestTable } from '../access/request-table.tsx'
import { queries } from '../api.ts'
import { PageHead } from '../shell/page-head.tsx'

export function InboxPage() {
  const { data } = useSuspenseQuery({ ...queries.requests('inbox'), refetchInterval: 3_000 })
  return (
    <Stack gap="lg">
      <PageHead title="Inbox" about="Requests for access that wait for your word." />
      <RequestTable label="Requests that wait for you" requests={data.requests} none={{ icon: IconInbox, title: 'Nothing waits for you', text: 'Requests for products that you own, or for any product where you are a steward, appear here.' }} />
    </Stack>
  )
}
