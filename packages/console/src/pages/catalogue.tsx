import { Badge, Card, Chip, Group, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconLock, IconLockOpen, IconRosetteDiscountCheck, IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ProductSummary } from '@tulle/api'
import { queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { ago } from '../shell/format.ts'
import { ProblemAlert } from '../shell/problem.tsx'

export function CataloguePage() {
  const search = useSearch({ from: '/signed-in/' })
  const navigate = useNavigate({ from: '/' })
  const { data: domains } = useSuspenseQuery(queries.domains())
  const products = useQuery({ ...queries.products(search), placeholderData: keepPreviousData })
  const refine = (change: { q?: string | undefined; domain?: string | undefined }): void => {
    const { q, domain } = { ...search, ...change }
    void navigate({ search: { ...(q ? { q } : {}), ...(domain ? { domain } : {}) }, replace: true })
  }
  return (
    <Stack>
      <Group justify="space-between" align="end">
        <Stack gap={2}>
          <Title order={2}>Data products</Title>
          <Text c="dimmed" size="sm" aria-live="polite">
            {products.data === undefined ? 'Looking …' : `${products.data.total} found`}
          </Text>
        </Stack>
        <TextInput
          w={360} maw="100%" type="search" aria-label="Search" placeholder="Search names, columns, tags, teams …"
          leftSection={<IconSearch size={16} />} value={search.q ?? ''} onChange={(e) => refine({ q: e.currentTarget.value })}
        />
      </Group>
      <Group gap="xs" role="group" aria-label="Domains">
        {domains.domains.map((domain) => (
          <Chip key={domain.name} size="sm" checked={search.domain === domain.name} onChange={(on) => refine({ domain: on ? domain.name : undefined })}>
            {domain.title} {domain.products}
          </Chip>
        ))}
      </Group>
      {products.isError && <ProblemAlert error={products.error} />}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {products.data?.products.map((product) => <ProductTile key={product.id} product={product} />)}
      </SimpleGrid>
    </Stack>
  )
}

function ProductTile({ product }: { readonly product: ProductSummary }) {
  const granted = product.access === 'granted'
  return (
    <Card withBorder padding="lg" className="tile">
      <Stack gap="xs" h="100%" justify="space-between">
        <Stack gap={6}>
          <Group justify="space-between" wrap="nowrap">
            <AnchorLink to="/products/$product" params={{ product: product.name }} fw={650} size="lg">{product.title}</AnchorLink>
            <Group gap={6} wrap="nowrap">
              {product.certified && <IconRosetteDiscountCheck size={20} color="var(--mantine-color-teal-6)" aria-label="certified" />}
              {granted ? <IconLockOpen size={18} aria-label="you may read it" /> : <IconLock size={18} color="var(--mantine-color-dimmed)" aria-label="no access" />}
            </Group>
          </Group>
          <Text size="sm" c="dimmed" lineClamp={3}>{product.description}</Text>
        </Stack>
        <Group gap={6}>
          <Badge variant="light">{product.domain}</Badge>
          {product.tags.map((tag) => <Badge key={tag} variant="default" tt="none">{tag}</Badge>)}
          <Text size="xs" c="dimmed" ml="auto">published {ago(product.lastPublished)}</Text>
        </Group>
      </Stack>
    </Card>
  )
}
