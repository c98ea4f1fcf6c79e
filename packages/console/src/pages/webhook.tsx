// A webhook: what it wants, how far it is, what became of each request, and what its target never took.

import { Badge, Button, Card, Checkbox, Group, Modal, Stack, Table, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { valueOrThrow } from '@tulle/api'
import type { Webhook } from '@tulle/api'
import { useState } from 'react'
import { client, queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { count } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { Secret } from '../webhooks/new-webhook.tsx'
import { aboutOf, stateOf, waitingOf } from '../webhooks/words.ts'

export function WebhookPage() {
  const { webhook: id } = useParams({ from: '/signed-in/webhooks/$webhook' })
  const { data: webhook } = useSuspenseQuery({ ...queries.webhook(id), refetchInterval: 3_000 })
  const { says, colour } = stateOf(webhook)
  return (
    <Stack gap="lg">
      <PageHead
        title={webhook.url} tab={`Webhook of ${webhook.product}`}
        above={<><AnchorLink to="/webhooks" inherit>Webhooks</AnchorLink> / <AnchorLink to="/products/$product" params={{ product: webhook.product }} search={{ tab: 'changes' }} inherit>{aboutOf(webhook)}</AnchorLink></>}
        beside={<span role="status"><Badge variant="light" tt="none" color={colour}>{says}</Badge></span>}
        about={`${webhook.kinds.join(', ')}${webhook.filter.condition === undefined ? '' : ` where ${webhook.filter.condition}`} · ${webhook.account}${webhook.note === undefined ? '' : ` · ${webhook.note}`}`}
        actions={<Actions webhook={webhook} />}
      />
      <Card withBorder component="section" aria-label="How far it is">
        <Group component="dl" gap="xl" m={0}>
          <Fact label="Delivered">{count(webhook.delivered)}{webhook.lastDeliveredAt !== undefined && <Text span inherit c="dimmed">, last <Ago at={webhook.lastDeliveredAt} /></Text>}</Fact>
          <Fact label="Waiting">{waitingOf(webhook)}</Fact>
          <Fact label="Dead letters">{count(webhook.deadLetters)}</Fact>
          {webhook.trouble !== undefined && <Fact label="Trouble">{webhook.trouble}</Fact>}
          {webhook.nextAt !== undefined && <Fact label="Next try"><Ago at={webhook.nextAt} /></Fact>}
        </Group>
      </Card>
      <DeadLetters webhook={webhook} />
      <Deliveries id={id} />
    </Stack>
  )
}

const Fact = ({ label, children }: { readonly label: string; readonly children: React.ReactNode }) => (
  <div><Text component="dt" size="xs" c="dimmed">{label}</Text><Text component="dd" size="sm" fw={600} m={0}>{children}</Text></div>
)

function Actions({ webhook: { id, state } }: { readonly webhook: Webhook }) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [asking, ask] = useState<'replay' | 'delete'>()
  const again = (): Promise<void> => cache.invalidateQueries({ queryKey: ['webhook', id] })
  const test = useMutation({ mutationFn: () => valueOrThrow(client.testWebhook({ webhook: id })), onSettled: again })
  const pause = useMutation({ mutationFn: () => valueOrThrow(state === 'paused' ? client.resumeWebhook({ webhook: id }) : client.pauseWebhook({ webhook: id })), onSettled: again })
  const rotate = useMutation({ mutationFn: () => valueOrThrow(client.rotateWebhookSecret({ webhook: id })) })
  const replay = useMutation({ mutationFn: () => valueOrThrow(client.replayWebhook({ webhook: id, from: 'start' })), onSuccess: () => ask(undefined), onSettled: again })
  const end = useMutation({
    mutationFn: () => valueOrThrow(client.deleteWebhook({ webhook: id })),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['webhooks'] })
      await navigate({ to: '/webhooks' })
    },
  })
  const failed = [test, pause, rotate, replay, end].find(({ isError }) => isError)
  return (
    <Stack gap="xs" align="end" maw={460}>
      <Group gap="xs" justify="end">
        <Button variant="light" size="xs" loading={test.isPending} onClick={() => test.mutate()}>Send a test</Button>
        <Button variant="default" size="xs" loading={pause.isPending} onClick={() => pause.mutate()}>{state === 'paused' ? 'Resume' : 'Pause'}</Button>
        <Button variant="default" size="xs" onClick={() => ask('replay')}>Replay</Button>
        <Button variant="default" size="xs" loading={rotate.isPending} onClick={() => rotate.mutate()}>Another secret</Button>
        <Button variant="light" size="xs" color="red" onClick={() => ask('delete')}>Delete</Button>
      </Group>
      {test.data !== undefined && <Text size="sm" role="status" ta="right">{test.data.outcome === 'delivered' ? `It answered ${test.data.status} within ${test.data.milliseconds} ms.` : `It was not taken: ${test.data.trouble ?? test.data.outcome}.`}</Text>}
      {failed !== undefined && <ProblemAlert error={failed.error} />}
      <Modal opened={asking !== undefined} onClose={() => ask(undefined)} title={asking === 'replay' ? 'Send everything once more?' : 'Delete this webhook?'} centered closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          <Text size="sm">{asking === 'replay' ? 'All that is kept is sent again from the start, in order and under the same ids: a receiver that keeps ids takes each once.' : 'Its history and its dead letters go with it.'}</Text>
          <Group justify="end">
            <Button variant="default" data-autofocus onClick={() => ask(undefined)}>Leave it</Button>
            {asking === 'replay' ? <Button loading={replay.isPending} onClick={() => replay.mutate()}>Send it again</Button> : <Button color="red" loading={end.isPending} onClick={() => end.mutate()}>Delete</Button>}
          </Group>
        </Stack>
      </Modal>
      <Modal opened={rotate.data !== undefined} onClose={() => rotate.reset()} title="Another secret" centered closeButtonProps={{ 'aria-label': 'Close' }}>{rotate.data !== undefined && <Secret made={rotate.data} onDone={() => rotate.reset()} />}</Modal>
    </Stack>
  )
}

function DeadLetters({ webhook: { id, deadLetters } }: { readonly webhook: Webhook }) {
  const cache = useQueryClient()
  const [chosen, choose] = useState<readonly string[]>([])
  const letters = useQuery({ ...queries.deadLetters(id), refetchInterval: 5_000 })
  const replay = useMutation({
    mutationFn: () => valueOrThrow(client.replayWebhook({ webhook: id, deadLetters: chosen.length === 0 ? 'all' : [...chosen] })),
    onSuccess: () => choose([]),
    onSettled: () => cache.invalidateQueries({ queryKey: ['webhook', id] }),
  })
  if ((letters.data?.deadLetters.length ?? 0) === 0 && deadLetters === 0) return null
  const isLeft = letters.data?.deadLetters.some(({ state }) => state === 'dead') === true
  return (
    <Card withBorder padding={0} component="section" aria-label="Dead letters">
      <Group px="md" py="sm" justify="space-between">
        <Title order={2}>Dead letters</Title>
        {isLeft && <Button size="xs" variant="light" loading={replay.isPending} onClick={() => replay.mutate()}>{chosen.length === 0 ? 'Send all again' : `Send ${chosen.length} again`}</Button>}
      </Group>
      {(letters.isError || replay.isError) && <ProblemAlert error={letters.error ?? replay.error} />}
      <WideTable label="Events that were never taken" minWidth={720}>
        <Table.Thead><Table.Tr><Table.Th aria-label="Choose" /><Table.Th>Since</Table.Th><Table.Th>Event</Table.Th><Table.Th>Why</Table.Th><Table.Th>State</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {letters.data?.deadLetters.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>{one.state === 'dead' && <Checkbox aria-label={`Choose ${one.event}`} checked={chosen.includes(one.id)} onChange={(event) => choose(event.currentTarget.checked ? [...chosen, one.id] : chosen.filter((id_) => id_ !== one.id))} />}</Table.Td>
              <Table.Td><Text size="sm"><Ago at={one.at} /></Text></Table.Td>
              <Table.Td><Text size="sm">{one.type}</Text><Text size="xs" c="dimmed" ff="monospace">{one.event}</Text></Table.Td>
              <Table.Td><Text size="sm">{one.reason}</Text></Table.Td>
              <Table.Td><Badge variant="light" tt="none" color={one.state === 'delivered' ? 'teal' : one.state === 'dead' ? 'red' : 'orange'}>{one.state}</Badge></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Card>
  )
}

const OUTCOMES = { delivered: 'teal', failed: 'orange', refused: 'red' } as const

function Deliveries({ id }: { readonly id: string }) {
  const deliveries = useQuery({ ...queries.deliveries(id), refetchInterval: 3_000 })
  return (
    <Card withBorder padding={0} component="section" aria-label="Deliveries">
      <Title order={2} px="md" py="sm">Deliveries</Title>
      {deliveries.isError && <ProblemAlert error={deliveries.error} />}
      {deliveries.data?.deliveries.length === 0 && <Text size="sm" c="dimmed" px="md" pb="md">Nothing was sent yet.</Text>}
      {deliveries.data !== undefined && deliveries.data.deliveries.length > 0 && (
        <WideTable label="Requests, newest first" minWidth={760}>
          <Table.Thead><Table.Tr><Table.Th>When</Table.Th><Table.Th>What</Table.Th><Table.Th ta="right">Events</Table.Th><Table.Th ta="right">Bytes</Table.Th><Table.Th ta="right">Answer</Table.Th><Table.Th ta="right">Time</Table.Th><Table.Th>Outcome</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {deliveries.data.deliveries.map((one) => (
              <Table.Tr key={one.seq}>
                <Table.Td><Text size="sm"><Ago at={one.at} /></Text></Table.Td>
                <Table.Td><Text size="sm">{one.kind}</Text><Text size="xs" c="dimmed" ff="monospace">{one.message}</Text></Table.Td>
                <Table.Td ta="right"><Text size="sm">{count(one.events)}</Text></Table.Td>
                <Table.Td ta="right"><Text size="sm">{count(one.bytes)}</Text></Table.Td>
                <Table.Td ta="right"><Text size="sm">{one.status ?? '–'}</Text></Table.Td>
                <Table.Td ta="right"><Text size="sm">{count(one.milliseconds)} ms</Text></Table.Td>
                <Table.Td><Badge variant="light" tt="none" color={OUTCOMES[one.outcome]}>{one.outcome}</Badge>{one.trouble !== undefined && <Text size="xs" c="dimmed">{one.trouble}</Text>}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Card>
  )
}
