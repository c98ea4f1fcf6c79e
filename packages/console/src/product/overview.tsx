import { Alert, Badge, Card, Group, List, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import type { Product } from '@tulle/api'
import type { ReactNode } from 'react'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { ago, count } from '../shell/format.ts'

export function Overview({ product }: { readonly product: Product }) {
  return (
    <Stack>
      <Access product={product} />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }}>
        <Fact label="Domain">{product.domain}</Fact>
        <Fact label="Team">{product.team}</Fact>
        <Fact label="Owner">{product.owner ?? '–'}</Fact>
        <Fact label="Last published">{ago(product.lastPublished)}</Fact>
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Card withBorder>
          <Title order={4} mb="sm">Data sets</Title>
          <Stack gap="sm">
            {product.dataSets.map((dataSet) => (
              <div key={dataSet.name}>
                <Group gap={8}>
                  <Text fw={600}>{product.name}.{dataSet.name}</Text>
                  {dataSet.contract !== undefined && <Badge variant="default" tt="none">contract {dataSet.contract.version}</Badge>}
                </Group>
                <Text size="sm" c="dimmed" className="numbers">
                  {dataSet.description} · {count(dataSet.rows)} rows · {dataSet.columns.length} columns
                </Text>
              </div>
            ))}
          </Stack>
        </Card>
        <Card withBorder>
          <Title order={4} mb="sm">Where it comes from, where it goes</Title>
          <Stack gap="sm">
            <div>
              <Text size="sm" fw={600}>Input ports</Text>
              <List size="sm">
                {product.inputPorts.map((port) => (
                  <List.Item key={port.name}>
                    {port.product === undefined
                      ? <>{port.title} <Text span c="dimmed">{port.path ?? port.description}</Text></>
                      : <AnchorLink to="/products/$product" params={{ product: port.product }}>{port.product}</AnchorLink>}
                  </List.Item>
                ))}
                {product.inputPorts.length === 0 && <Text size="sm" c="dimmed">none</Text>}
              </List>
            </div>
            <div>
              <Text size="sm" fw={600}>Products that read it</Text>
              <List size="sm">
                {product.downstream.map((other) => (
                  <List.Item key={other.name}>
                    <AnchorLink to="/products/$product" params={{ product: other.name }}>{other.title}</AnchorLink> <Text span c="dimmed">{other.domain}</Text>
                  </List.Item>
                ))}
                {product.downstream.length === 0 && <Text size="sm" c="dimmed">none yet</Text>}
              </List>
            </div>
            {product.schedule !== undefined && <Text size="sm">Refreshed by <code>{product.schedule}</code> (UTC)</Text>}
          </Stack>
        </Card>
      </SimpleGrid>
    </Stack>
  )
}

function Access({ product }: { readonly product: Product }) {
  const readable = product.dataSets.filter((dataSet) => dataSet.access.effect === 'allow')
  const decisions = readable.length > 0 ? readable : product.dataSets
  const reasons = [...new Set(decisions.flatMap((dataSet) => dataSet.access.reasons.map((reason) => reason.text)))]
  return (
    <Alert color={readable.length > 0 ? 'teal' : 'gray'} title={readable.length > 0 ? `You may read ${readable.map((d) => d.name).join(', ')}` : 'You may not read it yet'}>
      {reasons.map((reason) => <Text size="sm" key={reason}>{reason}</Text>)}
    </Alert>
  )
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <Card withBorder padding="sm">
      <Text size="xs" c="dimmed">{label}</Text>
      <Text fw={600}>{children}</Text>
    </Card>
  )
}
