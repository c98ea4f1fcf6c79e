import { Badge, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { queries } from '../api.ts'

export function CapabilitiesPage() {
  const { data } = useSuspenseQuery(queries.capabilities())
  return (
    <Stack>
      <Stack gap={2}>
        <Title order={2}>Capabilities</Title>
        <Text c="dimmed" size="sm">What a component of a product may be.</Text>
      </Stack>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {data.capabilities.map((capability) => (
          <Card withBorder key={capability.type}>
            <Group gap="xs" mb={4}>
              <Text fw={650}>{capability.type}</Text>
              {capability.presets !== undefined && <Badge variant="light">presets {capability.presets}</Badge>}
            </Group>
            <Text size="sm" c="dimmed">{capability.description}</Text>
          </Card>
        ))}
      </SimpleGrid>
    </Stack>
  )
}
