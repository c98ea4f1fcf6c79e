// What changes in the product: live, as the viewer may see it; who follows it, and how far they are; and the webhooks that are told.

import { Card, Stack, Table, Text, Title } from '@mantine/core'
import { IconBroadcastOff } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Product } from '@tulle/api'
import { queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { Empty } from '../shell/empty.tsx'
import { plural, span } from '../shell/format.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { WebhookTable } from '../webhooks/webhook-table.tsx'
import { NewWebhook } from '../webhooks/new-webhook.tsx'
import { LiveChanges } from './live-changes.tsx'

export function ChangesTab({ product }: { readonly product: Product }) {
  const streamed = product.outputPorts.filter(({ kind }) => kind === 'stream').flatMap(({ addresses }) => addresses.flatMap(({ dataSet }) => dataSet ?? []))
  return (
    <Stack gap="lg">
      {streamed.map((dataSet) => <LiveChanges key={dataSet} product={product} dataSet={dataSet} />)}
      {streamed.length === 0 && <Card withBorder><Empty icon={IconBroadcastOff} title="No change stream">Its team offers none: a <code>stream-output-port</code> would. Webhooks are told of new versions all the same.</Empty></Card>}
      {streamed.length > 0 && <Subscribers product={product} />}
      <Webhooks product={product} />
    </Stack>
  )
}

function Subscribers({ product }: { readonly product: Product }) {
  const subscribers = useQuery({ ...queries.subscribers(product.name), refetchInterval: 5_000 })
  return (
    <Card withBorder padding={0} component="section" aria-label="Who follows it">
      <Title order={2} px="md" py="sm">{product.can.grant.allowed ? 'Who follows it' : 'Your positions'}</Title>
      {subscribers.isError && <ProblemAlert error={subscribers.error} />}
      {subscribers.data?.subscribers.length === 0 && <Text size="sm" c="dimmed" px="md" pb="md">Nobody saved a position: a reader that does stands here, with how far behind it is.</Text>}
      {subscribers.data !== undefined && subscribers.data.subscribers.length > 0 && (
        <WideTable label="Positions" minWidth={620}>
          <Table.Thead><Table.Tr><Table.Th>Who</Table.Th><Table.Th>Reader</Table.Th><Table.Th>Of</Table.Th><Table.Th>Saved</Table.Th><Table.Th>Behind</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {subscribers.data.subscribers.map(({ account, consumer, dataSet, savedAt, lag }) => (
              <Table.Tr key={`${account} ${consumer} ${dataSet}`}>
                <Table.Td><Text size="sm" fw={600}>{account}</Text></Table.Td>
                <Table.Td><code>{consumer}</code></Table.Td>
                <Table.Td><Text size="sm">{dataSet}</Text></Table.Td>
                <Table.Td><Text size="sm">{savedAt === undefined ? 'a Kafka topic' : <Ago at={savedAt} />}</Text></Table.Td>
                <Table.Td><Text size="sm">{lag.entries === 0 ? <Text span inherit c="dimmed">up to date</Text> : `${plural(lag.entries, 'change')}, the oldest for ${span(lag.milliseconds / 1_000)}`}</Text></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Card>
  )
}

function Webhooks({ product }: { readonly product: Product }) {
  const keeper = product.can.grant.allowed
  const webhooks = useQuery({ ...queries.webhooks(keeper ? product.name : undefined), refetchInterval: 5_000 })
  const own = webhooks.data?.webhooks.filter((one) => one.product === product.name)
  return (
    <Card withBorder padding={0} component="section" aria-label="Webhooks">
      <Stack gap="sm">
        <Title order={2} px="md" pt="sm">{keeper ? 'Webhooks' : 'Your webhooks'}</Title>
        {webhooks.isError && <ProblemAlert error={webhooks.error} />}
        {own !== undefined && own.length > 0 && <WebhookTable webhooks={own} />}
        <NewWebhook product={product} />
      </Stack>
    </Card>
  )
}
