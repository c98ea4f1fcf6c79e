// What the viewer may read and has asked for: renew, give back, and what happened.

import { Badge, Button, Card, Group, Modal, NumberInput, Stack, Table, Text, Textarea, Title } from '@mantine/core'
import { IconKey, IconMessageQuestion } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import type { Grant } from '@tulle/api'
import { useState } from 'react'
import { History } from '../access/history.tsx'
import { RequestTable } from '../access/request-table.tsx'
import { STATE_COLOUR, whatOf } from '../access/words.ts'
import { client, queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { WideTable } from '../shell/wide-table.tsx'

export function MyAccessPage() {
  const { data: me } = useSuspenseQuery(queries.me())
  const { data } = useSuspenseQuery({ ...queries.myGrants(), refetchInterval: 3_000 })
  const { data: asked } = useSuspenseQuery({ ...queries.requests('mine'), refetchInterval: 3_000 })
  const mine = data.grants.filter((grant) => (grant.subjectKind === 'user' ? grant.subject === me.name : grant.subjectKind === 'team' && me.teams.includes(grant.subject)))
  return (
    <Stack gap="lg">
      <PageHead title="My access" about="What you may read, for what and until when; and what you asked for." />
      <Title order={2} mb="calc(-1 * var(--mantine-spacing-sm))">Grants</Title>
      <Card withBorder padding={0} component="section" aria-label="My grants">
        {mine.length === 0 ? <Empty icon={IconKey} title="No grant names you">Find a product in the catalogue and ask for access on its page.</Empty> : <Grants grants={mine} />}
      </Card>
      <Title order={2} mb="calc(-1 * var(--mantine-spacing-sm))">Requests</Title>
      <RequestTable label="My requests" requests={asked.requests} none={{ icon: IconMessageQuestion, title: 'You asked for nothing yet', text: 'Every product page has an Access tab where you can ask.' }} />
    </Stack>
  )
}

function Grants({ grants }: { readonly grants: readonly Grant[] }) {
  return (
    <WideTable label="Grants" minWidth={760}>
      <Table.Thead><Table.Tr><Table.Th>Product</Table.Th><Table.Th>What</Table.Th><Table.Th>Purpose</Table.Th><Table.Th>State</Table.Th><Table.Th>Until</Table.Th><Table.Th>What to do</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {grants.map((grant) => (
          <Table.Tr key={grant.id}>
            <Table.Td><AnchorLink to="/products/$product" params={{ product: grant.product }} size="sm" fw={600}>{grant.product}</AnchorLink></Table.Td>
            <Table.Td><Text size="sm">{whatOf(grant)}{grant.unmasked !== undefined && `, ${grant.unmasked.join(', ')} without masks`}{grant.rowCondition !== undefined && <Text span inherit c="dimmed"> where {grant.rowCondition}</Text>}</Text></Table.Td>
            <Table.Td><Text size="sm">{grant.purposes.join(', ')}</Text></Table.Td>
            <Table.Td><Badge variant="light" tt="none" color={STATE_COLOUR[grant.state]}>{grant.state}</Badge></Table.Td>
            <Table.Td><Text size="sm">{grant.revokedAt !== undefined ? <>ended <Ago at={grant.revokedAt} /></> : grant.expiresAt === undefined ? 'it is revoked' : <Ago at={grant.expiresAt} />}</Text></Table.Td>
            <Table.Td><Actions grant={grant} /></Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  )
}

function Actions({ grant }: { readonly grant: Grant }) {
  const [doing, setDoing] = useState<'renew' | 'give-back' | 'history'>()
  const close = (): void => setDoing(undefined)
  const named = `${grant.product}, ${whatOf(grant)}`
  return (
    <Group gap={6} wrap="nowrap">
      {grant.state === 'active' && grant.expiresAt !== undefined && <Button size="compact-sm" variant="light" aria-label={`Renew ${named}`} onClick={() => setDoing('renew')}>Renew</Button>}
      {(grant.state === 'active' || grant.state === 'frozen') && grant.subjectKind === 'user' && <Button size="compact-sm" variant="light" color="red" aria-label={`Give back ${named}`} onClick={() => setDoing('give-back')}>Give back</Button>}
      <Button size="compact-sm" variant="default" aria-label={`History of ${named}`} onClick={() => setDoing('history')}>History</Button>
      <Modal opened={doing === 'renew'} onClose={close} title={`More time for ${grant.product}`} closeButtonProps={{ 'aria-label': 'Close' }}><Renew grant={grant} onDone={close} /></Modal>
      <Modal opened={doing === 'give-back'} onClose={close} title={`Give ${grant.product} back?`} centered closeButtonProps={{ 'aria-label': 'Close' }}><GiveBack grant={grant} onDone={close} /></Modal>
      <Modal opened={doing === 'history'} onClose={close} title={`${grant.product}: what happened`} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}><GrantHistory grant={grant} /></Modal>
    </Group>
  )
}

function Renew({ grant, onDone }: { readonly grant: Grant; readonly onDone: () => void }) {
  const [days, setDays] = useState<number | string>(30)
  const [why, setWhy] = useState('')
  const cache = useQueryClient()
  const renew = useMutation({
    mutationFn: () => valueOrThrow(client.renewGrant({ grant: grant.id, seconds: Number(days) * 86_400, justification: why })),
    onSuccess: async () => {
      onDone()
      await Promise.all([cache.invalidateQueries({ queryKey: ['requests'] }), cache.invalidateQueries({ queryKey: ['my-grants'] })])
    },
  })
  return (
    <Stack>
      <NumberInput label="Days from the approval on" min={1} max={3650} value={days} onChange={setDays} data-autofocus />
      <Textarea label="Why" description="Whoever decides reads this." value={why} onChange={(event) => setWhy(event.currentTarget.value)} autosize minRows={2} />
      {renew.isError && <ProblemAlert error={renew.error} />}
      <Group justify="end"><Button loading={renew.isPending} onClick={() => renew.mutate()}>Ask for it</Button></Group>
    </Stack>
  )
}

function GiveBack({ grant, onDone }: { readonly grant: Grant; readonly onDone: () => void }) {
  const cache = useQueryClient()
  const give = useMutation({
    mutationFn: () => valueOrThrow(client.giveGrantBack({ grant: grant.id })),
    onSuccess: async () => {
      onDone()
      await cache.invalidateQueries({ queryKey: ['my-grants'] })
    },
  })
  return (
    <Stack>
      <Text size="sm">You stop reading it at once, in open sessions too. To have it again you ask again.</Text>
      {give.isError && <ProblemAlert error={give.error} />}
      <Group justify="end"><Button variant="default" data-autofocus onClick={onDone}>Keep it</Button><Button color="red" loading={give.isPending} onClick={() => give.mutate()}>Give back</Button></Group>
    </Stack>
  )
}

function GrantHistory({ grant }: { readonly grant: Grant }) {
  const history = useQuery(queries.grant(grant.id))
  if (history.isError) return <ProblemAlert error={history.error} />
  return history.data === undefined ? null : <History entries={history.data.history} />
}
