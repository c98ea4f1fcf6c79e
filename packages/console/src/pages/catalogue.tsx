// The first page: what needs the viewer, what is new, and everything there is, found by words and narrowed down by facets. What is
// looked for is in the address.

import { Button, Card, Checkbox, Group, SimpleGrid, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core'
import { useDisclosure, useDocumentTitle } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconSearch, IconSearchOff } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { CatalogueSearch } from '../addresses.ts'
import { FACET_NAMES } from '../addresses.ts'
import { queries } from '../api.ts'
import { Facets } from '../catalogue/facets.tsx'
import { Needs } from '../catalogue/needs.tsx'
import { ProductTile } from '../catalogue/product-tile.tsx'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { SEARCH_FIELD } from '../shell/search-field.ts'
import { useSettled } from '../shell/use-settled.ts'

export function CataloguePage() {
  useDocumentTitle('Data products · Tulle')
  const search = useSearch({ from: '/signed-in/' })
  const navigate = useNavigate({ from: '/' })
  const { q, readable, ...choices } = search
  const [facetsOpen, { toggle }] = useDisclosure(false)
  const chosen = FACET_NAMES.filter((facet) => choices[facet] !== undefined).length + (readable === true ? 1 : 0)
  const isNarrowed = q !== undefined || chosen > 0
  const answer = useInfiniteQuery({ ...queries.catalogue(useSettled(search, 80)), placeholderData: keepPreviousData, refetchInterval: 10_000 })
  const [found] = answer.data?.pages ?? []
  const hits = answer.data?.pages.flatMap((page) => page.hits)
  const refine = (change: CatalogueSearch): void => void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const everything = (): void => void navigate({ search: {}, replace: true, resetScroll: false })
  return (
    <Stack gap="lg">
      <SearchHero q={q ?? ''} onSearch={(words) => refine({ q: words === '' ? undefined : words })} />
      {!isNarrowed && <Needs />}
      <div className="market">
        <section className="market-facets" aria-label="Narrow down">
          <Button variant="default" fullWidth hiddenFrom="md" leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />} aria-expanded={facetsOpen} onClick={toggle}>Narrow down{chosen > 0 && ` (${chosen})`}</Button>
          <div className="market-facets-body" data-open={facetsOpen || undefined}>
            <Stack gap="lg">
              <Checkbox size="xs" label="I may read it" checked={readable === true} onChange={(event) => refine({ readable: event.currentTarget.checked || undefined })} />
              <Facets found={found} choices={choices} onChoose={(facet, values) => refine({ [facet]: values })} />
            </Stack>
          </div>
        </section>
        <Stack gap="md" miw={0}>
          <Group justify="space-between" gap="sm" mih={30}>
            <Text c="dimmed" size="sm" aria-live="polite">
              {found === undefined ? '' : `${found.total} found`}
              {found?.corrected.map(({ word, to }) => ` · nobody wrote “${word}”, so this is “${to}”`)}
            </Text>
            <Group gap="md">
              {isNarrowed && found !== undefined && found.total > 0 && <Button variant="subtle" size="compact-sm" onClick={everything}>Show all</Button>}
              <AnchorLink to="/map" size="sm">As a map</AnchorLink>
            </Group>
          </Group>
          {answer.isError && <ProblemAlert error={answer.error} />}
          {answer.isPending && <SimpleGrid cols={{ base: 1, sm: 2 }}>{['1', '2', '3', '4'].map((key) => <Skeleton key={key} h={168} />)}</SimpleGrid>}
          {found?.total === 0 && <Card withBorder><NothingFound narrowed={isNarrowed} onAll={everything} /></Card>}
          <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="md">
            {hits?.map((hit) => <ProductTile key={hit.product.id} hit={hit} onTag={(tag) => refine({ q: tag })} />)}
          </SimpleGrid>
          {answer.hasNextPage && <Button variant="default" mx="auto" loading={answer.isFetchingNextPage} onClick={() => void answer.fetchNextPage()}>More</Button>}
        </Stack>
      </div>
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
        id={SEARCH_FIELD} type="search" maxLength={200} size="md" maw={620} aria-label="Search" autoComplete="off" placeholder="A name, a column, a person, or a question: which airports …"
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
      <Text size="sm" mb="sm">Fewer or other words may find more: names, descriptions, columns, tags, people and domains are searched.</Text>
      <Button variant="light" size="xs" onClick={onAll}>Show everything</Button>
    </Empty>
  )
}
