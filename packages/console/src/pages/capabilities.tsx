import { Badge, Card, Code, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { PageHead } from '../shell/page-head.tsx'

export function CapabilitiesPage() {
  const { data } = useSuspenseQuery(queries.capabilities())
  return (
    <Stack>
      <PageHead title="Capabilities" about="What a component of a product may be. A platform team adds its own by a file in the folder capabilities/ of the mesh." />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {data.capabilities.map((capability) => (
          <Card component="article" withBorder key={capability.type} className="tile">
            <Group gap="xs" justify="space-between" wrap="nowrap" align="start">
              <Title order={2}><AnchorLink to="/capabilities/$type" params={{ type: capability.type }} className="cover" c="inherit" underline="never" inherit>{capability.title}</AnchorLink></Title>
              {capability.presets !== undefined && <Badge variant="light" color="orange" tt="none">of this mesh</Badge>}
            </Group>
            <Code w="fit-content" mb={8}>{capability.type}</Code>
            <Text size="sm" c="dimmed">{capability.description}</Text>
          </Card>
        ))}
      </SimpleGrid>
    </Stack>
  )
}
