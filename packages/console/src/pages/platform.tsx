// The platform: how it is, which templates and capabilities there are and who uses which.

import { Badge, Card, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { WideTable } from '../shell/wide-table.tsx'

const COLOUR = { well: 'teal', watch: 'orange', broken: 'red' } as const

export function PlatformPage() {
  const { data: { version, environment, isolation, health, capabilities, templates } } = useSuspenseQuery({ ...queries.platform(), refetchInterval: 10_000 })
  const targets = [...new Set(capabilities.flatMap((one) => one.targets))].toSorted()
  const newest = new Map(templates.toReversed().map(({ name, version: of }) => [name, of]))
  return (
    <Stack gap="lg">
      <PageHead title="Platform" about={`Tulle ${version}, environment ${environment}, engines as ${isolation === 'user' ? 'users of their own' : 'processes'}; targets: ${targets.join(', ')}.`} />
      <SimpleGrid cols={{ base: 1, sm: 2, md: 4 }}>
        {health.map(({ name, state, says }) => (
          <Card withBorder key={name} padding="sm" component="section" aria-label={name}>
            <Group justify="space-between" mb={4}><Title order={2} size="h5">{name}</Title><Badge variant="light" tt="none" color={COLOUR[state]}>{state}</Badge></Group>
            <Text size="sm" c="dimmed">{says}</Text>
          </Card>
        ))}
      </SimpleGrid>
      <Card withBorder padding={0} component="section" aria-label="Templates">
        <Title order={2} size="h4" px="md" py="sm">Workflow templates</Title>
        <WideTable label="Workflow templates" minWidth={560}>
          <Table.Thead><Table.Tr><Table.Th>Template</Table.Th><Table.Th>Version</Table.Th><Table.Th>From</Table.Th><Table.Th>Products</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {templates.map((one) => (
              <Table.Tr key={`${one.name} ${one.version} ${one.from}`}>
                <Table.Td fw={600}>{one.name}</Table.Td>
                <Table.Td>{one.version} {newest.get(one.name) !== one.version && <Badge size="sm" color="orange" variant="light" tt="none">not the newest</Badge>}</Table.Td>
                <Table.Td>{one.from}</Table.Td><Table.Td><Products names={one.products} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      </Card>
      <Card withBorder padding={0} component="section" aria-label="Capabilities">
        <Title order={2} size="h4" px="md" py="sm">Capabilities</Title>
        <WideTable label="Capabilities" minWidth={640}>
          <Table.Thead><Table.Tr><Table.Th>Capability</Table.Th><Table.Th>Targets</Table.Th><Table.Th>Used as a port by</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {capabilities.map((one) => (
              <Table.Tr key={one.type}>
                <Table.Td><AnchorLink to="/capabilities/$type" params={{ type: one.type }} size="sm" fw={600}>{one.title}</AnchorLink> <Text span size="xs" c="dimmed">{one.type}{one.presets !== undefined && `, presets ${one.presets}`}</Text></Table.Td>
                <Table.Td>{one.targets.length === targets.length ? 'every target' : one.targets.join(', ')}</Table.Td><Table.Td><Products names={one.products} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      </Card>
    </Stack>
  )
}

const SHOWN = 12

const Products = ({ names }: { readonly names: readonly string[] }) => (
  <Group gap={6}>
    {names.slice(0, SHOWN).map((name) => <AnchorLink key={name} to="/products/$product" params={{ product: name }} size="sm">{name}</AnchorLink>)}
    {names.length > SHOWN && <Text size="sm" c="dimmed">and {names.length - SHOWN} more</Text>}
    {names.length === 0 && <Text size="sm" c="dimmed">–</Text>}
  </Group>
)
