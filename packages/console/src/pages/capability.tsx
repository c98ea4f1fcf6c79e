import { Badge, Card, Code, Group, Stack, Table, Text, Title } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { CopyBlock } from '../shell/copy-block.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { WideTable } from '../shell/wide-table.tsx'

type Schema = Readonly<Record<string, unknown>>

export function CapabilityPage() {
  const { type } = useParams({ from: '/signed-in/capabilities/$type' })
  const { data: capability } = useSuspenseQuery(queries.capability(type))
  const schema = asSchema(capability.schema)
  const properties = Object.entries(asSchema(schema['properties']))
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  return (
    <Stack>
      <PageHead
        title={capability.title}
        above={<AnchorLink to="/capabilities" inherit>Capabilities</AnchorLink>}
        beside={<Code>{capability.type}</Code>}
        about={capability.description}
      />
      <Group gap={6}>
        <Text size="sm" c="dimmed">Targets</Text>
        {capability.targets.map((target) => <Badge key={target} variant="default" tt="none">{target}</Badge>)}
        {capability.presets !== undefined && <Text size="sm">Presets <AnchorLink to="/capabilities/$type" params={{ type: capability.presets }} inherit>{capability.presets}</AnchorLink></Text>}
      </Group>
      <Card withBorder padding={0} component="section" aria-label="Properties">
        <Title order={2} px="md" py="sm">Properties</Title>
        {properties.length === 0 && <Text px="md" pb="md" size="sm" c="dimmed">It takes none.</Text>}
        {properties.length > 0 && (
          <WideTable label="Properties" minWidth={560}>
            <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th>Type</Table.Th><Table.Th>What it says</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {properties.map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Td><Text size="sm" fw={600}>{name}</Text>{required.includes(name) && <Text size="xs" c="dimmed">required</Text>}</Table.Td>
                  <Table.Td><code>{typeOf(asSchema(value))}</code></Table.Td>
                  <Table.Td><Text size="sm">{String(asSchema(value)['description'] ?? '')}</Text></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </WideTable>
        )}
      </Card>
      <Title order={2}>JSON Schema</Title>
      <CopyBlock label="Copy the schema" text={JSON.stringify(capability.schema, null, 2)} isLong />
    </Stack>
  )
}

const asSchema = (value: unknown): Schema => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {})

function typeOf(schema: Schema): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ')
  if (schema['const'] !== undefined) return JSON.stringify(schema['const'])
  const options = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(options)) return [...new Set(options.map((option) => typeOf(asSchema(option))))].join(' | ')
  if (schema['type'] === 'array') return `${typeOf(asSchema(schema['items']))}[]`
  return Array.isArray(schema['type']) ? schema['type'].join(' | ') : String(schema['type'] ?? 'any')
}
