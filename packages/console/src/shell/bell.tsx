// What the viewer has to hear, behind a bell that counts what is new.

import { ActionIcon, Indicator, Popover, Stack, Text } from '@mantine/core'
import { IconBell } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { Notice } from '@tulle/api'
import { client, queries } from '../api.ts'
import { Ago } from './ago.tsx'
import { AnchorLink } from './anchor-link.tsx'

export function Bell() {
  const cache = useQueryClient()
  const { data } = useQuery(queries.notices())
  // What was new stays marked while it is read.
  const seen = useMutation({ mutationFn: () => valueOrThrow(client.markNoticesSeen({})), onSuccess: () => cache.setQueryData(queries.notices().queryKey, (before) => before && { ...before, unread: 0 }) })
  const { notices, unread } = data ?? { notices: [], unread: 0 }
  return (
    <Popover position="bottom-end" width={380} shadow="md" onOpen={() => unread > 0 && seen.mutate()}>
      <Indicator label={unread > 99 ? '99+' : unread} size={16} disabled={unread === 0} color="red">
        <Popover.Target>
          <ActionIcon variant="default" size="lg" aria-label={unread === 0 ? 'Notices, nothing new' : `Notices, ${unread} new`}><IconBell size={18} /></ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown mah={480} style={{ overflowY: 'auto' }}>
        <Stack gap="sm" role="list" aria-label="Notices">
          {notices.map((notice) => <OneNotice key={notice.id} notice={notice} />)}
          {notices.length === 0 && <Text size="sm" c="dimmed">Nothing to tell.</Text>}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

function OneNotice({ notice: { runId, reason, product, sentence, at, isNew, deliveries } }: { readonly notice: Notice }) {
  const failed = deliveries.filter(({ status }) => status === 'given up' || status === 'held back')
  return (
    <div role="listitem">
      <Text size="sm" fw={isNew ? 600 : 400}>{sentence}</Text>
      <Text size="xs" c="dimmed">
        <Ago at={at} /> · {reason === 'export' ? <AnchorLink to="/governance" search={{ tab: 'exceptions' }} inherit>what is closed</AnchorLink> : runId === undefined ? <AnchorLink to="/products/$product" params={{ product }} inherit>{product}</AnchorLink> : <AnchorLink to="/runs/$run" params={{ run: runId }} inherit>the run</AnchorLink>}
        {failed.map(({ to, status, trouble }) => ` · ${to}: ${status}${trouble === undefined ? '' : `, ${trouble}`}`)}
      </Text>
    </div>
  )
}
