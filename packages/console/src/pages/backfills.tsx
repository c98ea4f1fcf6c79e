// Backfills of a product: a run for each day or month of a range, what became of each, again for those that failed. Product in the address.

import { Badge, Button, Card, Group, Select, SegmentedControl, Stack, Text, TextInput, Title, Tooltip } from '@mantine/core'
import { IconHistory, IconPlayerPlay, IconRefresh, IconX } from '@tabler/icons-react'
import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { valueOrThrow } from '@tulle/api'
import type { Backfill } from '@tulle/api'
import { useState } from 'react'
import { client, queries, queryClient } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { plural } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'

export function BackfillsPage() {
  const { product } = useSearch({ from: '/signed-in/backfills' })
  const navigate = useNavigate({ from: '/backfills' })
  const { data: { products } } = useSuspenseQuery(queries.products({}))
  const backfills = useQuery({ ...queries.backfills(product ?? ''), enabled: product !== undefined, refetchInterval: 3_000 })
  return (
    <Stack>
      <PageHead title="Backfills" above={<AnchorLink to="/runs" inherit>Runs</AnchorLink>} about="A run for each day or month of a range, oldest first. What is published stays published; a part that failed can be asked again." />
      <Select label="Product" maw={360} placeholder="Choose one" searchable data={products.map(({ name, title }) => ({ value: name, label: title }))} value={product ?? null} onChange={(value) => void navigate({ search: value === null ? {} : { product: value }, replace: true })} />
      {product === undefined && <Card withBorder><Empty icon={IconHistory} title="Choose a product">Its backfills stand here, and a form that begins one.</Empty></Card>}
      {product !== undefined && <Begin key={product} product={product} />}
      {backfills.isError && <ProblemAlert error={backfills.error} />}
      {backfills.data?.backfills.map((backfill) => <OneBackfill key={backfill.id} backfill={backfill} />)}
      {backfills.data?.backfills.length === 0 && <Card withBorder><Empty icon={IconHistory} title="No backfill yet">Say from when to when.</Empty></Card>}
    </Stack>
  )
}

function Begin({ product }: { readonly product: string }) {
  const [range, setRange] = useState({ from: '', to: '', by: 'day' as 'day' | 'month' })
  const start = useMutation({
    mutationFn: () => valueOrThrow(client.startBackfill({ product, ...range })),
    onSuccess: () => queryClient.invalidateQueries(queries.backfills(product)),
  })
  return (
    <Card withBorder component="form" aria-label="A new backfill" onSubmit={(event) => { event.preventDefault(); start.mutate() }}>
      <Group align="end" gap="sm">
        <TextInput type="date" label="From" required value={range.from} onChange={(event) => setRange({ ...range, from: event.currentTarget.value })} />
        <TextInput type="date" label="To" description="That day too" inputWrapperOrder={['label', 'input', 'description', 'error']} required value={range.to} onChange={(event) => setRange({ ...range, to: event.currentTarget.value })} />
        <SegmentedControl aria-label="A run for each" data={[{ value: 'day', label: 'Days' }, { value: 'month', label: 'Months' }]} value={range.by} onChange={(by) => setRange({ ...range, by: by === 'month' ? 'month' : 'day' })} />
        <Button type="submit" loading={start.isPending} leftSection={<IconPlayerPlay size={16} aria-hidden />}>Begin</Button>
      </Group>
      {start.isError && <Stack mt="sm"><ProblemAlert error={start.error} /></Stack>}
    </Card>
  )
}

type Part = Backfill['parts'][number]
const COLOUR: Readonly<Record<Part['status'], string>> = { missing: 'gray', queued: 'gray', running: 'blue', succeeded: 'teal', failed: 'red', cancelled: 'orange' }

function OneBackfill({ backfill: { id, product, from, to, by, requestedBy, requestedAt, parts } }: { readonly backfill: Backfill }) {
  const look = (): Promise<void> => queryClient.invalidateQueries(queries.backfills(product))
  const resume = useMutation({ mutationFn: () => valueOrThrow(client.resumeBackfill({ backfill: id })), onSuccess: look })
  const cancel = useMutation({ mutationFn: () => valueOrThrow(client.cancelBackfill({ backfill: id })), onSuccess: look })
  const counts = [...Map.groupBy(parts, ({ status }) => status)].map(([status, all]) => [status, all.length] as const)
  const isUnderWay = parts.some(({ status }) => status === 'queued' || status === 'running')
  const isIncomplete = parts.some(({ status }) => status === 'failed' || status === 'cancelled' || status === 'missing')
  return (
    <Card withBorder component="section" aria-label={`${from} to ${to}`}>
      <Group justify="space-between" align="start" gap="sm">
        <div>
          <Title order={2} size="h4">{from} to {to}</Title>
          <Text size="sm" c="dimmed">{plural(parts.length, by)} · <Ago at={requestedAt} /> by {requestedBy}</Text>
          <Group gap={6} mt={6}>{counts.map(([status, n]) => <Badge key={status} variant="light" tt="none" color={COLOUR[status]}>{status} {n}</Badge>)}</Group>
        </div>
        <Group gap="xs">
          {isIncomplete && !isUnderWay && <Button size="xs" variant="default" leftSection={<IconRefresh size={15} aria-hidden />} loading={resume.isPending} onClick={() => resume.mutate()}>Again for what is missing</Button>}
          {isUnderWay && <Button size="xs" variant="default" color="red" leftSection={<IconX size={15} aria-hidden />} loading={cancel.isPending} onClick={() => cancel.mutate()}>Cancel</Button>}
        </Group>
      </Group>
      <ol className="parts" aria-label="Parts">
        {parts.map((part) => (
          <li key={part.name}>
            <Tooltip label={`${part.name}: ${part.status}${part.why === undefined ? '' : `, ${part.why}`}${part.waits === undefined ? '' : `, waits: ${part.waits}`}`} events={{ hover: true, focus: true, touch: true }} multiline maw={320}>
              {part.runId === undefined
                ? <span className="part" data-status={part.status} role="img" aria-label={`${part.name}: ${part.status}`} />
                : <AnchorLink to="/runs/$run" params={{ run: part.runId }} className="part" data-status={part.status} aria-label={`${part.name}: ${part.status}`} />}
            </Tooltip>
          </li>
        ))}
      </ol>
      {[resume, cancel].map(({ error }, i) => error !== null && <ProblemAlert key={i === 0 ? 'resume' : 'cancel'} error={error} />)}
    </Card>
  )
}
