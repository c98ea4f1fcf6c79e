// What data may be read for, and who has rights for it, as far as the viewer sees grants.

import { Badge, Card, Group, SimpleGrid, Text, Title } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { queries } from '../api.ts'
import { plural } from '../shell/format.ts'

export function Purposes() {
  const { data: { purposes } } = useSuspenseQuery(queries.purposes())
  const { data: { grants } } = useSuspenseQuery(queries.myGrants())
  const active = grants.filter(({ state }) => state === 'active')
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }}>
      {purposes.map(({ name, title, description }) => {
        const own = active.filter((grant) => grant.purposes.includes(name))
        const products = [...new Set(own.map(({ product }) => product))].toSorted()
        return (
          <Card withBorder key={name} component="section" aria-label={title}>
            <Title order={2} size="h4">{title}</Title>
            <Text size="sm" c="dimmed">{description}</Text>
            <Text size="sm" mt={6}>{own.length === 0 ? 'No grant that you may see names it.' : `${plural(own.length, 'grant')} that you may see, to ${plural(new Set(own.map(({ subjectKind, subject }) => `${subjectKind} ${subject}`)).size, 'subject')}`}</Text>
            <Group gap={4} mt={6}>{products.map((product) => <Badge key={product} variant="light" color="gray" tt="none">{product}</Badge>)}</Group>
          </Card>
        )
      })}
    </SimpleGrid>
  )
}
