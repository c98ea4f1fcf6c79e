import { Badge, Card, Group, Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { DataSet, Product, Snapshot } from '@tulle/api'
import type { ReactNode } from 'react'
import { queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { count } from '../shell/format.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { WideTable } from '../shell/wide-table.tsx'
import { OpenVersion } from './difference.tsx'

export function Versions({ product }: { readonly product: Product }) {
  return (
    <Stack gap="lg">
      {product.dataSets.map((dataSet) => <VersionsOf key={dataSet.name} product={product.name} dataSet={dataSet} />)}
    </Stack>
  )
}

function VersionsOf({ product, dataSet }: { readonly product: string; readonly dataSet: DataSet }) {
  const history = useQuery({ ...queries.snapshots(product, dataSet.name), refetchInterval: 10_000 })
  return (
    <Card withBorder padding={0} component="section" aria-label={`Versions of ${dataSet.name}`}>
      <Title order={2} px="md" py="sm" className="address">{product}.{dataSet.name}</Title>
      {history.isPending && <Skeleton h={60} mx="md" mb="md" />}
      {history.isError && <ProblemAlert error={history.error} />}
      {history.data?.snapshots.length === 0 && <Empty icon={IconHistory} title="No version yet">Each run that passes its checks publishes one.</Empty>}
      {history.data !== undefined && history.data.snapshots.length > 0 && (
        <WideTable label={`Versions of ${dataSet.name}`} minWidth={1060}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Snapshot</Table.Th>
              <Table.Th>Published</Table.Th>
              <Table.Th ta="right">Rows</Table.Th>
              <Table.Th>Contract</Table.Th>
              <Table.Th>Run</Table.Th>
              <Table.Th>Made from</Table.Th>
              <Table.Th aria-label="Changes" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {history.data.snapshots.map((snapshot) => <Version key={snapshot.id} product={product} dataSet={dataSet.name} snapshot={snapshot} />)}
          </Table.Tbody>
        </WideTable>
      )}
    </Card>
  )
}

const BADGES: Readonly<Record<Snapshot['state'], ReactNode>> = {
  current: <Badge variant="light" color="teal" tt="none">served</Badge>,
  past: null,
  undone: <Badge variant="light" color="gray" tt="none">rolled back</Badge>,
  unpublished: <Badge variant="light" color="yellow" tt="none">not published</Badge>,
}

function Version({ product, dataSet, snapshot }: { readonly product: string; readonly dataSet: string; readonly snapshot: Snapshot }) {
  return (
    <Table.Tr>
      <Table.Td><Group gap={8} wrap="nowrap"><code>{snapshot.id}</code>{BADGES[snapshot.state]}{snapshot.refs.filter(({ type }) => type === 'tag').map(({ name }) => <Badge key={name} variant="outline" color="gray" tt="none">{name}</Badge>)}</Group></Table.Td>
      <Table.Td><Text size="sm"><Ago at={snapshot.publishedAt ?? snapshot.time} /></Text></Table.Td>
      <Table.Td ta="right"><Text size="sm">{count(snapshot.rows)}</Text></Table.Td>
      <Table.Td><Text size="sm">{snapshot.contractVersion ?? '–'}</Text></Table.Td>
      <Table.Td>{snapshot.runId === undefined ? '–' : <AnchorLink to="/runs/$run" params={{ run: snapshot.runId }} size="sm" ff="monospace">{snapshot.runId.slice(0, 8)}</AnchorLink>}</Table.Td>
      <Table.Td>{Object.entries(snapshot.inputs).map(([ref, version]) => <Input key={ref} reference={ref} version={version} />)}</Table.Td>
      <Table.Td><OpenVersion product={product} dataSet={dataSet} snapshot={snapshot} /></Table.Td>
    </Table.Tr>
  )
}

// `data-set:flights.flights` is a version of another product; `input-port:…` a file by its fingerprint.
function Input({ reference, version }: { readonly reference: string; readonly version: string }) {
  const [kind = '', name = ''] = reference.split(/:(.*)/su)
  const [other = ''] = name.split('.')
  return (
    <Text size="sm">
      {kind === 'data-set' ? <AnchorLink to="/products/$product" params={{ product: other }} search={{ tab: 'versions' }} inherit underline="always">{name}</AnchorLink> : name}
      {' '}<Text span size="xs" c="dimmed" ff="monospace" title={version}>{version.length > 20 ? `${version.slice(0, 12)}…` : version}</Text>
    </Text>
  )
}
