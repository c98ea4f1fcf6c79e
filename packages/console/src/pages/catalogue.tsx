// The first page: everything there is, found by words. What is looked for is in the address.

import { Badge, Button, Card, Chip, Group, SimpleGrid, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { IconCircleCheck, IconLock, IconRosetteDiscountCheck, IconSearch, IconSearchOff } from '@tabler/icons-react'
import { keepPreviousData, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ProductSummary } from '@tulle/api'
import type { CatalogueSearch } from '../addresses.ts'
import { queries } from '../api.ts'
import { Ago } from '../shell/ago.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { plural } from '../shell/format.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { ProductMark } from '../shell/product-mark.tsx'
import { SEARCH_FIELD } from '../shell/search-field.ts'

export function CataloguePage() {
  useDocumentTitle('Data products · Tulle')
  const { q, domain, readable = false } = useSearch({ from: '/signed-in/' })
  const navigate = useNavigate({ from: '/' })
  const { data: domains } = useSuspenseQuery(queries.domains())
  const answer = useQuery({ ...queries.products({ q, domain }), placeholderData: keepPreviousData, refetchInterval: 10_000 })
  const found = answer.data?.products.filter((product) => !readable || product.access === 'granted')
  const refine = (change: CatalogueSearch): void => void navigate({ search: { q, domain, readable: readable || undefined, ...change }, replace: true, resetScroll: false })
  return (
    <Stack gap="lg">
      <SearchHero q={q ?? ''} onSearch={(words) => refine({ q: words === '' ? undefined : words })} />
      <Group justify="space-between" gap="sm">
        <Group gap={8} role="group" aria-label="Narrow down">
          <Chip variant="outline" size="sm" checked={readable} onChange={(on) => refine({ readable: on || undefined })}>I may read</Chip>
          {domains.domains.map(({ name, title, products }) => (
            <Chip key={name} variant="outline" size="sm" checked={domain === name} onChange={(on) => refine({ domain: on ? name : undefined })}>
              {title} <Text span inherit opacity={0.7}>{products}</Text>
            </Chip>
          ))}
        </Group>
        <Text c="dimmed" size="sm" aria-live="polite">{found === undefined ? '' : `${found.length} found`}</Text>
      </Group>
      {answer.isError && <ProblemAlert error={answer.error} />}
      {answer.isPending && <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>{['1', '2', '3', '4', '5', '6'].map((key) => <Skeleton key={key} h={168} />)}</SimpleGrid>}
      {found?.length === 0 && <Card withBorder><NothingFound narrowed={q !== undefined || domain !== undefined || readable} onAll={() => refine({ q: undefined, domain: undefined, readable: undefined })} /></Card>}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {found?.map((product) => <ProductTile key={product.id} product={product} onTag={(tag) => refine({ q: tag })} />)}
      </SimpleGrid>
    </Stack>
  )
}

function SearchHero({ q, onSearch }: { readonly q: string; readonly onSearch: (q: string) => void }) {
  const { data: status } = useSuspenseQuery(queries.status())
  return (
    <div className="hero">
      <Title order={1} c="white">Data products</Title>
      <Text mb="md" c="white" opacity={0.9}>Find, understand and use the data of {status.name}.</Text>
      <TextInput
        id={SEARCH_FIELD} type="search" maxLength={200} size="md" maw={620} aria-label="Search" autoComplete="off" placeholder="A name, a column, a tag, a team …"
        leftSection={<IconSearch size={18} aria-hidden />} rightSection={q === '' ? <Text size="xs" c="dimmed" visibleFrom="sm" aria-hidden>/</Text> : undefined}
        value={q} onChange={(event) => onSearch(event.currentTarget.value)}
      />
    </div>
  )
}

function NothingFound({ narrowed, onAll }: { readonly narrowed: boolean; readonly onAll: () => void }) {
  if (!narrowed) return <Empty icon={IconSearchOff} title="This mesh has no product yet.">Make one with <code>npx tulle init product</code>, then <code>npx tulle apply</code>.</Empty>
  return (
    <Empty icon={IconSearchOff} title="Nothing fits.">
      <Text size="sm" mb="sm">Fewer or other words may find more: names, columns, tags, domains and teams are searched.</Text>
      <Button variant="light" size="xs" onClick={onAll}>Show everything</Button>
    </Empty>
  )
}

function ProductTile({ product, onTag }: { readonly product: ProductSummary; readonly onTag: (tag: string) => void }) {
  const granted = product.access === 'granted'
  return (
    <Card component="article" withBorder padding="lg" className="tile">
      <Stack gap="sm" h="100%" justify="space-between">
        <Group gap="sm" wrap="nowrap" align="start">
          <ProductMark title={product.title} domain={product.domain} />
          <div style={{ minWidth: 0 }}>
            <Group gap={6} wrap="nowrap">
              <Title order={2} lineClamp={2}>
                <AnchorLink to="/products/$product" params={{ product: product.name }} className="cover" c="inherit" underline="never" inherit>{product.title}</AnchorLink>
              </Title>
              {product.certified && <IconRosetteDiscountCheck size={19} color="light-dark(var(--mantine-color-teal-8), var(--mantine-color-teal-4))" role="img" aria-label="certified" style={{ flex: 'none' }} />}
            </Group>
            <Text size="xs" c="dimmed">{product.domain} · {product.team}</Text>
          </div>
        </Group>
        <Text size="sm" lineClamp={3} flex={1}>{product.description ?? <Text span inherit c="dimmed">No description yet.</Text>}</Text>
        {product.tags.length > 0 && (
          <Group gap={6}>
            {product.tags.slice(0, 4).map((tag) => (
              <Badge key={tag} component="button" type="button" variant="default" tt="none" fw={500} className="above" style={{ cursor: 'pointer' }} onClick={() => onTag(tag)}>{tag}</Badge>
            ))}
          </Group>
        )}
        <Group justify="space-between" gap={6}>
          {granted
            ? <Badge variant="light" color="teal" tt="none" leftSection={<IconCircleCheck size={13} aria-hidden />}>you may read it</Badge>
            : <Badge variant="light" color="gray" tt="none" leftSection={<IconLock size={12} aria-hidden />}>ask for access</Badge>}
          <Text size="xs" c="dimmed">{plural(product.dataSets, 'data set')} · {product.lastPublished === undefined ? 'not published yet' : <Ago at={product.lastPublished} />}</Text>
        </Group>
      </Stack>
    </Card>
  )
}
