// What was decided and done: who, for what, which product, and why not. Stewards and administrators see all of it, owners the lines on
// their products. Whether the chain stands is asked for, because that reads all of it.

import { Alert, Badge, Button, Card, Chip, Group, Stack, Table, Text, TextInput } from '@mantine/core'
import { IconListSearch, IconShieldCheck, IconShieldX } from '@tabler/icons-react'
import { keepPreviousData, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { AuditEntry } from '@tulle/api'
import { auditLine, readsOf, whatOf } from '@tulle/api'
import type { AuditSearch } from '../addresses.ts'
import { queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { Empty } from '../shell/empty.tsx'
import { count, plural } from '../shell/format.ts'
import { Loading } from '../shell/loading.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { ForOthers, isRefusal, ProblemAlert } from '../shell/problem.tsx'
import { useSettled } from '../shell/use-settled.ts'
import { WideTable } from '../shell/wide-table.tsx'

const ABOUT = 'Every decision and deed, newest first, in a chain that shows every alteration.'
const PERIODS = [['hour', 'Last hour'], ['day', 'Last day'], ['week', 'Last week']] as const

export function AuditPage() {
  const search = useSearch({ from: '/signed-in/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const { data: me } = useSuspenseQuery(queries.me())
  const narrow = (next: AuditSearch): void => void navigate({ search: next, replace: true })
  const asked = useSettled(search, 300)
  const listed = useQuery({ ...queries.audit(asked), placeholderData: keepPreviousData, refetchInterval: asked.before === undefined ? 5_000 : false })
  const next = listed.data?.next
  if (listed.isError && isRefusal(listed.error)) return <Stack><PageHead title="Audit" about={ABOUT} /><ForOthers error={listed.error} title="Only owners, stewards and administrators read the audit" /></Stack>
  return (
    <Stack>
      <PageHead title="Audit" about={ABOUT} actions={me.role !== 'owner' && <Verify />} />
      <Group align="end" gap="sm" role="group" aria-label="Narrow down">
        <TextInput size="sm" label="Who" value={search.subject ?? ''} onChange={(event) => narrow({ ...search, before: undefined, subject: event.currentTarget.value || undefined })} />
        <TextInput size="sm" label="Product" value={search.product ?? ''} onChange={(event) => narrow({ ...search, before: undefined, product: event.currentTarget.value || undefined })} />
        <Group gap={8} pb={4}>
          <Chip variant="outline" size="sm" checked={search.decision === 'deny'} onChange={(on) => narrow({ ...search, before: undefined, decision: on ? 'deny' : undefined })}>Denied only</Chip>
          {PERIODS.map(([since, label]) => <Chip key={since} variant="outline" size="sm" checked={search.since === since} onChange={(on) => narrow({ ...search, before: undefined, since: on ? since : undefined })}>{label}</Chip>)}
        </Group>
      </Group>
      {listed.isPending && <Loading />}
      {listed.isError && <ProblemAlert error={listed.error} />}
      {listed.data !== undefined && <Lines entries={listed.data.entries} />}
      <Group>
        {asked.before !== undefined && <Button variant="default" size="xs" onClick={() => narrow({ ...search, before: undefined })}>Newest</Button>}
        {next !== undefined && <Button variant="default" size="xs" onClick={() => narrow({ ...search, before: next })}>Older</Button>}
      </Group>
    </Stack>
  )
}

function Verify() {
  const verified = useQuery({ ...queries.auditVerified(), enabled: false })
  const { data } = verified
  return (
    <Stack gap="xs" align="end">
      <Button variant="default" loading={verified.isFetching} onClick={() => void verified.refetch()}>Verify the chain</Button>
      {verified.isError && <ProblemAlert error={verified.error} />}
      {data !== undefined && (
        <Alert color={data.whole ? 'teal' : 'red'} icon={data.whole ? <IconShieldCheck /> : <IconShieldX />} title={data.whole ? 'The chain stands' : 'The chain was altered'} role="status">
          {data.entries === 1 ? '1 entry' : `${count(data.entries)} entries`}, {plural(data.anchors, 'anchor')} agree.
          {data.diagnostics.map(({ message }) => <Text key={message} size="sm">{message}</Text>)}
        </Alert>
      )}
    </Stack>
  )
}

function Lines({ entries }: { readonly entries: readonly AuditEntry[] }) {
  if (entries.length === 0) return <Card withBorder padding={0}><Empty icon={IconListSearch} title="Nothing of this kind">Nobody did what you look for, or it is further back.</Empty></Card>
  return (
    <Card withBorder padding={0}>
      <WideTable label="Entries" minWidth={900}>
        <Table.Thead>
          <Table.Tr><Table.Th>When</Table.Th><Table.Th>Who</Table.Th><Table.Th>At</Table.Th><Table.Th>For</Table.Th><Table.Th>Decision</Table.Th><Table.Th>Read</Table.Th><Table.Th ta="right">Rows</Table.Th><Table.Th>What</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>{entries.map((entry) => <Row key={`${entry.chain} ${entry.seq}`} entry={entry} />)}</Table.Tbody>
      </WideTable>
    </Card>
  )
}

/** Names and words are not cut in the middle. */
const ONE_LINE = { whiteSpace: 'nowrap' } as const

function Row({ entry }: { readonly entry: AuditEntry }) {
  const line = auditLine(entry)
  const { subject, token, port, purpose, decision, outcome, rows, deed, reasons = [] } = line
  return (
    <Table.Tr>
      <Table.Td style={ONE_LINE}><Text size="sm"><Ago at={entry.time} /></Text></Table.Td>
      <Table.Td style={ONE_LINE}><Text size="sm" fw={600}>{subject}</Text>{token !== undefined && <Text size="xs" c="dimmed">token {token.slice(0, 8)}</Text>}</Table.Td>
      <Table.Td style={ONE_LINE}><Text size="sm">{port}</Text></Table.Td>
      <Table.Td style={ONE_LINE}><Text size="sm">{purpose}</Text></Table.Td>
      <Table.Td><Badge variant="light" tt="none" color={decision === 'deny' ? 'red' : 'teal'}>{decision === 'deny' ? (outcome ?? 'denied') : 'allowed'}</Badge></Table.Td>
      <Table.Td><Text size="sm">{readsOf(line).join(', ')}</Text></Table.Td>
      <Table.Td ta="right"><Text size="sm">{deed === undefined && count(rows)}</Text></Table.Td>
      <Table.Td maw={420}><Text size="sm" className="address" lineClamp={3}>{whatOf(line)}</Text>{reasons.map((reason) => <Text key={reason} size="xs" c="dimmed">{reason}</Text>)}</Table.Td>
    </Table.Tr>
  )
}
