// The mesh as a map: domains, products with their ports, and who reads whom. What stands out and what is seen is in the address.

import { ActionIcon, Card, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { IconFocusCentered, IconMinus, IconPlus, IconSearch } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { useCallback, useId, useMemo, useState } from 'react'
import type { KeyboardEvent, MouseEvent } from 'react'
import type { MapSearch } from '../addresses.ts'
import { queries } from '../api.ts'
import { Chosen, Listed } from '../map/beside.tsx'
import { layOut } from '../map/lay-out.ts'
import { Picture } from '../map/picture.tsx'
import type { Lit } from '../map/picture.tsx'
import { useView } from '../map/use-view.ts'
import { around, fit, moveBy, nearestTowards, readView, writeView } from '../map/view.ts'
import type { Area, Size, View } from '../map/view.ts'
import { plural } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'

/** How far an arrow moves the window. */
const PACE = 90
const ARROWS: Readonly<Record<string, { readonly x: number; readonly y: number }>> = { ArrowLeft: { x: -1, y: 0 }, ArrowRight: { x: 1, y: 0 }, ArrowUp: { x: 0, y: -1 }, ArrowDown: { x: 0, y: 1 } }

export function MapPage() {
  const search = useSearch({ from: '/signed-in/map' })
  const { q = '', domain } = search
  const navigate = useNavigate()
  const router = useRouter()
  const refine = useCallback((change: MapSearch) => void navigate({ from: '/map', search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false }), [navigate])
  const { data: graph } = useSuspenseQuery({ ...queries.meshGraph(), refetchInterval: 30_000 })
  const { data: { domains } } = useSuspenseQuery(queries.domains())
  const [pointed, setPointed] = useState<string>()
  const keys = useId()
  const layout = useLayout(graph)
  const chosen = graph.products.find(({ name }) => name === search.product)
  const found = useMemo(() => findProducts(graph.products, q, domain), [graph, q, domain])
  const isNarrowed = q.trim() !== '' || domain !== undefined
  const lit = useLit(graph, pointed ?? chosen?.name, isNarrowed ? found : undefined)
  const titles = useMemo(() => new Map(domains.map(({ name, title }) => [name, title])), [domains])
  const fieldOf = (name: string | undefined): Area | undefined => layout.fields.find((field) => field.domain === name)
  const placeOf = (name: string): Area | undefined => layout.spots.get(name)

  const { pane, ground, frame, show, zoom } = useView({
    first: (size) => readView(search.view) ?? (chosen === undefined ? fit(fieldOf(domain) ?? layout.whole, size) : lookAt(placeOf(chosen.name) ?? layout.whole, size)),
    // Whoever is on the way to another page is not held back.
    onRest: (view) => { if (router.state.status === 'idle') refine({ view: writeView(view) }) },
  })
  const choose = (name: string | undefined): void => {
    setPointed(undefined)
    refine({ product: name })
    const place = name === undefined ? undefined : placeOf(name)
    if (place !== undefined) show((view, size) => lookAt(place, size, view.k))
  }
  const chooseDomain = (name: string | undefined): void => {
    refine({ domain: name })
    show((_, size) => fit(fieldOf(name) ?? layout.whole, size))
  }
  const open = (name: string): void => void navigate({ to: '/products/$product', params: { product: name } })
  const press = (name: string, event: MouseEvent): void => {
    // With a key held the browser opens it elsewhere.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    // A finger points first, and opens what it has pointed at.
    if ((event.nativeEvent as PointerEvent).pointerType === 'touch' && chosen?.name !== name) choose(name)
    else open(name)
  }
  const goTo = (direction: { readonly x: number; readonly y: number }): void => {
    const here = chosen === undefined ? undefined : placeOf(chosen.name)
    const spots = [...layout.spots].map(([name, spot]) => ({ name, ...spot }))
    const from = here ?? { x: layout.whole.width / 2, y: layout.whole.height / 2, width: 0, height: 0 }
    const next = nearestTowards({ x: from.x + from.width / 2, y: from.y + from.height / 2 }, direction, spots)
    if (next !== undefined) choose(next.name)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const arrow = ARROWS[event.key]
    if (arrow !== undefined && event.shiftKey) goTo(arrow)
    else if (arrow !== undefined) show((view) => moveBy(view, { x: -arrow.x * PACE, y: -arrow.y * PACE }))
    else if (event.key === '+' || event.key === '=') zoom(1)
    else if (event.key === '-' || event.key === '_') zoom(-1)
    else if (event.key === '0') show((_, size) => fit(layout.whole, size))
    else if (event.key === 'Enter' && chosen !== undefined && event.target === event.currentTarget) open(chosen.name)
    else if (event.key === 'Escape') choose(undefined)
    else return
    event.preventDefault()
  }
  const showFound = (): void => {
    const [first] = found
    if (found.length === 1 && first !== undefined) return choose(first.name)
    const area = around(found.flatMap(({ name }) => placeOf(name) ?? []))
    if (area !== undefined) show((_, size) => fit(area, size))
  }
  return (
    <Stack gap="md">
      <PageHead title="Mesh map" about={`${plural(graph.products.length, 'product')} in ${plural(layout.fields.length, 'domain')}. A line leads from a product to what reads it.`} />
      <Group gap="sm" align="end">
        <TextInput
          type="search" maxLength={200} autoComplete="off" flex="1 1 14rem" maw={360} aria-label="Find on the map" placeholder="Find on the map: a name, a port …" leftSection={<IconSearch size={16} aria-hidden />}
          value={q} onChange={(event) => refine({ q: event.currentTarget.value === '' ? undefined : event.currentTarget.value })} onKeyDown={(event) => event.key === 'Enter' && showFound()}
        />
        <NativeSelect aria-label="Domain" value={domain ?? ''} onChange={(event) => chooseDomain(event.currentTarget.value === '' ? undefined : event.currentTarget.value)} data={[{ value: '', label: 'All domains' }, ...layout.fields.map((field) => ({ value: field.domain, label: titles.get(field.domain) ?? field.domain })).toSorted((a, b) => (a.label < b.label ? -1 : 1))]} />
        <Text size="sm" c="dimmed" role="status">{isNarrowed ? `${found.length} of ${plural(graph.products.length, 'product')}` : ''}</Text>
      </Group>
      <div className="map-room">
        <Card withBorder padding={0} className="map-card" component="section" aria-label="Map">
          <Picture graph={graph} layout={layout} titles={titles} frame={frame} lit={lit} pane={pane} ground={ground} describedBy={keys} onKeyDown={onKeyDown} onPoint={setPointed} onPress={press} onPressField={chooseDomain} />
          <div className="map-controls" role="group" aria-label="Size of the map">
            <ActionIcon variant="default" size="lg" aria-label="Nearer" onClick={() => zoom(1)}><IconPlus size={18} /></ActionIcon>
            <ActionIcon variant="default" size="lg" aria-label="Farther" onClick={() => zoom(-1)}><IconMinus size={18} /></ActionIcon>
            <ActionIcon variant="default" size="lg" aria-label="Everything" onClick={() => show((_, size) => fit(layout.whole, size))}><IconFocusCentered size={18} /></ActionIcon>
          </div>
        </Card>
        <Card withBorder className="map-beside" component="section" aria-label={chosen === undefined ? 'Products' : 'Chosen product'}>
          {chosen === undefined
            ? <Listed title={isNarrowed ? 'Standing out' : 'Products'} products={found} none="Nothing fits." onChoose={choose} onPoint={setPointed} />
            : <Chosen product={chosen} graph={graph} onChoose={choose} onPoint={setPointed} />}
        </Card>
      </div>
      <Text size="xs" c="dimmed" id={keys}>Drag to move; wheel, two fingers, + and − for nearer and farther, 0 for everything. Arrows move the map, with Shift from product to product; Enter opens the one that is chosen.</Text>
    </Stack>
  )
}

/** A product, large enough to be read, in the middle. */
const lookAt = (place: Area, size: Size, k = 0): View => fit(place, size, Math.min(1.4, Math.max(0.9, k)))

/** Laid out anew only where products come, go or read others. */
function useLayout({ products, reads }: Parameters<typeof layOut>[0]) {
  const shape = JSON.stringify({ products: products.map(({ name, domain }) => ({ name, domain })), reads })
  return useMemo(() => layOut(JSON.parse(shape) as Parameters<typeof layOut>[0]), [shape])
}

type Products = Parameters<typeof Listed>[0]['products']

function findProducts(products: Products, q: string, domain: string | undefined): Products {
  const words = q.toLowerCase().split(/\s+/u).filter((word) => word !== '')
  return products.filter((product) => {
    const text = [product.name, product.title, product.domain, product.state, ...product.inputPorts.map(({ name }) => name), ...product.outputPorts.map(({ name }) => name)].join(' ').toLowerCase()
    return (domain === undefined || product.domain === domain) && words.every((word) => text.includes(word))
  })
}

/** A product with its neighbours, or what was found. */
function useLit({ reads }: { readonly reads: Lit['reads'] }, here: string | undefined, found: Products | undefined): Lit | undefined {
  return useMemo(() => {
    if (here !== undefined) {
      const own = reads.filter(({ from, to }) => from === here || to === here)
      return { products: new Set([here, ...own.flatMap(({ from, to }) => [from, to])]), reads: own, here }
    }
    return found === undefined ? undefined : { products: new Set(found.map(({ name }) => name)), reads: [] }
  }, [reads, here, found])
}
