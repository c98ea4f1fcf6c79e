// What the use of a product, or of the mesh, comes to.

import { Badge, Card, Group, Progress, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { IconUserOff } from '@tabler/icons-react'
import type { Usage } from '@tulle/api'
import type { ReactNode } from 'react'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { amount, bytes, count, span } from '../shell/format.ts'
import { WideTable } from '../shell/wide-table.tsx'
import { Trend } from './trend.tsx'

export function UsageView({ usage, withProducts = false }: { readonly usage: Usage; readonly withProducts?: boolean }) {
  const { consumers, before, firstUse, reuse, interoperability, coverage } = usage
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
        <Figure label="Active consumers" value={count(consumers.active)} change={consumers.active - before.active} about={`${count(consumers.inactive)} may read and do not`} />
        <Figure label="Queries" value={count(usage.queries)} change={usage.queries - before.queries} about={`${count(usage.refused)} refused`} />
        <Figure label="Rows read" value={count(usage.rows)} change={usage.rows - before.rows} about={`${amount(usage.milliseconds, 'milliseconds')} of work, ${bytes(usage.bytes)}`} />
        <Figure label="First use" value={firstUse.medianSeconds === undefined ? '–' : span(firstUse.medianSeconds)} about={firstUse.medianSeconds === undefined ? 'nothing granted was used yet' : `after the grant, median of ${count(firstUse.used)}`} />
      </SimpleGrid>
      <Card withBorder component="section" aria-label="Queries by day">
        <Title order={2} mb="sm">Queries by day</Title>
        <Trend days={usage.trend} />
      </Card>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Card withBorder padding={0} component="section" aria-label="By purpose">
          <Title order={2} px="md" py="sm">By purpose</Title>
          {consumers.byPurpose.length === 0 ? <Text size="sm" c="dimmed" px="md" pb="md">Nobody may read it, and nobody did.</Text> : (
            <WideTable label="Use by purpose" minWidth={360}>
              <Table.Thead><Table.Tr><Table.Th>Purpose</Table.Th><Table.Th ta="right">Active</Table.Th><Table.Th ta="right">Inactive</Table.Th><Table.Th ta="right">Queries</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>
                {consumers.byPurpose.map(({ purpose, active, inactive, queries }) => (
                  <Table.Tr key={purpose}><Table.Td>{purpose === '' ? 'no purpose' : purpose}</Table.Td><Table.Td ta="right">{count(active)}</Table.Td><Table.Td ta="right">{count(inactive)}</Table.Td><Table.Td ta="right">{count(queries)}</Table.Td></Table.Tr>
                ))}
              </Table.Tbody>
            </WideTable>
          )}
        </Card>
        <Card withBorder component="section" aria-label="Worth">
          <Title order={2} mb="sm">What it is worth</Title>
          <Stack gap="sm">
            <div>
              <Text size="sm" mb={4}>{reuse.products.length === 0 ? 'No product is built on it yet.' : 'Built on it:'}</Text>
              <Group gap={6}>{reuse.products.map((name) => <AnchorLink key={name} to="/products/$product" params={{ product: name }} size="sm">{name}</AnchorLink>)}</Group>
            </div>
            <Share label="Queries that join domains" value={interoperability.share} />
            <Share label="Data sets with a contract" value={coverage.contracted} />
            <Share label="Columns described" value={coverage.documented} />
            <Share label="Columns classified" value={coverage.classified} />
            <Share label="With service levels" value={coverage.withServiceLevel} />
          </Stack>
        </Card>
      </SimpleGrid>
      <NeverUsed usage={usage} withProducts={withProducts} />
    </Stack>
  )
}

function NeverUsed({ usage: { neverUsed }, withProducts }: { readonly usage: Usage; readonly withProducts: boolean }) {
  return (
    <Card withBorder padding={0} component="section" aria-label="Rights that nobody uses">
      <Group px="md" py="sm" gap="sm"><Title order={2}>Rights that nobody uses</Title>{neverUsed.length > 0 && <Badge variant="light" color="orange" className="numbers">{neverUsed.length}</Badge>}</Group>
      {neverUsed.length === 0 ? <Empty icon={IconUserOff} title="None">Everybody who was given access has used it.</Empty> : (
        <WideTable label="Rights that nobody uses" minWidth={520}>
          <Table.Thead><Table.Tr>{withProducts && <Table.Th>Product</Table.Th>}<Table.Th>For</Table.Th><Table.Th>Purposes</Table.Th><Table.Th>Given</Table.Th><Table.Th /></Table.Tr></Table.Thead>
          <Table.Tbody>
            {neverUsed.map(({ grant, product, subjectKind, subject, purposes, grantedAt }) => (
              <Table.Tr key={grant}>
                {withProducts && <Table.Td><AnchorLink to="/products/$product" params={{ product }} search={{ tab: 'usage' }} size="sm" fw={600}>{product}</AnchorLink></Table.Td>}
                <Table.Td>{subjectKind === 'user' ? subject : `${subjectKind} ${subject}`}</Table.Td>
                <Table.Td>{purposes.join(', ')}</Table.Td>
                <Table.Td><Ago at={grantedAt} /></Table.Td>
                <Table.Td ta="right"><AnchorLink to="/products/$product" params={{ product }} search={{ tab: 'access' }} size="sm">Look at its access</AnchorLink></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Card>
  )
}

interface FigureProps { readonly label: string; readonly value: string; readonly about: ReactNode; readonly change?: number }

function Figure({ label, value, about, change }: FigureProps) {
  return (
    <Card withBorder padding="md" component="section" aria-label={label}>
      <Text size="xs" c="dimmed" fw={600}>{label}</Text>
      <Group gap={8} align="baseline">
        <Text fz="1.6rem" fw={700} className="numbers">{value}</Text>
        {change !== undefined && change !== 0 && <Text size="xs" className="numbers" c={change > 0 ? 'light-dark(#066649, var(--mantine-color-teal-4))' : 'dimmed'}>{change > 0 ? '+' : '−'}{count(Math.abs(change))}</Text>}
      </Group>
      <Text size="xs" c="dimmed">{about}</Text>
    </Card>
  )
}

function Share({ label, value }: { readonly label: string; readonly value: number }) {
  const percent = Math.round(value * 100)
  return (
    <div>
      <Group justify="space-between" gap="sm" mb={3}><Text size="sm">{label}</Text><Text size="sm" className="numbers">{percent} %</Text></Group>
      <Progress value={percent} size="sm" aria-label={label} />
    </div>
  )
}
