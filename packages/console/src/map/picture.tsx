// The picture of the map: fields of domains, lines, products. What stands out is drawn once more above the rest, which fades: so pointing
// at a product of a thousand draws only it and its neighbours.

import type { MeshGraph } from '@tulle/api'
import { memo, useMemo } from 'react'
import type { KeyboardEvent, MouseEvent, PointerEvent, RefObject } from 'react'
import { useDomainColour } from '../shell/domain-colour.ts'
import type { MapLayout } from './lay-out.ts'
import { ProductBox } from './product-box.tsx'
import { lineBetween, middleLine, portAt, short } from './shape.ts'
import type { Frame } from './use-view.ts'
import { touches } from './view.ts'
import type { Area, Level } from './view.ts'

export interface Lit { readonly products: ReadonlySet<string>; readonly reads: MeshGraph['reads']; readonly here?: string | undefined }

interface Props {
  readonly graph: MeshGraph
  readonly layout: MapLayout
  readonly titles: ReadonlyMap<string, string>
  readonly frame: Frame | undefined
  readonly lit: Lit | undefined
  readonly pane: RefObject<SVGSVGElement | null>
  readonly ground: RefObject<SVGGElement | null>
  readonly describedBy: string
  readonly onKeyDown: (event: KeyboardEvent) => void
  /** The product that the pointer is on. */
  readonly onPoint: (product: string | undefined) => void
  readonly onPress: (product: string, event: MouseEvent) => void
  readonly onPressField: (domain: string) => void
}

const productAt = (event: { readonly target: EventTarget }): string | undefined => (event.target as Element).closest('[data-product]')?.getAttribute('data-product') ?? undefined

export function Picture({ graph, layout, titles, frame, lit, pane, ground, describedBy, onKeyDown, onPoint, onPress, onPressField }: Props) {
  const press = (event: MouseEvent): void => {
    const product = productAt(event)
    if (product !== undefined) return onPress(product, event)
    const domain = (event.target as Element).closest('[data-field-title]')?.getAttribute('data-field-title')
    if (domain !== null && domain !== undefined) onPressField(domain)
  }
  return (
    // Whoever uses no pointer has its keys, and the same as a list beside it.
    <svg
      ref={pane} className="map" role="application" aria-label="Map of products" aria-describedby={describedBy} tabIndex={0} onKeyDown={onKeyDown} onClick={press}
      // By moves alone: what comes to lie under a pointer that rests is not pointed at.
      onPointerMove={(event: PointerEvent) => { if (event.pointerType !== 'touch' && event.buttons === 0) onPoint(productAt(event)) }} onPointerLeave={() => onPoint(undefined)}
    >
      <g ref={ground}>
        {frame !== undefined && (
          <>
            <Fields layout={layout} titles={titles} scale={frame.scale} />
            <g className="map-all" data-faded={lit !== undefined || undefined}>
              {/* From afar all is drawn and stays, hidden nearer: going back and forth makes nothing anew. */}
              <g display={frame.level === 'far' ? undefined : 'none'}>
                <Bundles graph={graph} layout={layout} />
                <Boxes graph={graph} layout={layout} level="far" />
              </g>
              {frame.level !== 'far' && <Lines graph={graph} layout={layout} area={frame.area} />}
              {frame.level !== 'far' && <Boxes graph={graph} layout={layout} level={frame.level} area={frame.area} />}
            </g>
            {lit !== undefined && <StandingOut graph={graph} layout={layout} frame={frame} lit={lit} />}
          </>
        )}
      </g>
    </svg>
  )
}

const Fields = memo(({ layout, titles, scale }: { readonly layout: MapLayout; readonly titles: ReadonlyMap<string, string>; readonly scale: number }) => {
  const colourOf = useDomainColour()
  return layout.fields.map(({ domain, x, y, width, height }) => {
    const colour = colourOf(domain)
    return (
      <g key={domain}>
        <rect className="map-field" x={x} y={y} width={width} height={height} rx={28} style={{ fill: `light-dark(var(--mantine-color-${colour}-1), var(--mantine-color-${colour}-9))`, stroke: `var(--mantine-color-${colour}-6)` }} />
        <text className="map-field-title" data-field-title={domain} x={x + 24} y={y + 52} fontSize={Math.max(17, 14 / scale)} strokeWidth={4 / scale}>{short(titles.get(domain) ?? domain, Math.max(3, Math.floor((width * Math.min(scale, 0.85)) / 8)))}</text>
      </g>
    )
  })
})

type Drawn = Pick<Props, 'graph' | 'layout'>

/** One line between two domains, thicker the more they read of one another. */
const Bundles = memo(({ graph, layout }: Drawn) => {
  const fields = new Map(layout.fields.map((field) => [field.domain, field]))
  return bundle(graph).map(({ from, to, reads }) => {
    const [a, b] = [fields.get(from), fields.get(to)]
    return a === undefined || b === undefined ? null : <path key={`${from} ${to}`} className="map-bundle" d={middleLine(a, b)} strokeWidth={Math.min(6, 1 + 0.7 * Math.log2(reads))} />
  })
})

const Lines = memo(({ graph, layout, area }: Drawn & { readonly area: Area }) => {
  const ends = useInputs(graph)
  return graph.reads.map(({ from, to }) => {
    const [a, b] = [layout.spots.get(from), layout.spots.get(to)]
    return a === undefined || b === undefined || !(touches(a, area) || touches(b, area)) ? null : <path key={`${from} ${to}`} className="map-line" d={lineBetween(a, b, ends(from, to, b.height))} strokeWidth={1.5} />
  })
})

const Boxes = memo(({ graph, layout, level, area }: Drawn & { readonly level: Level; readonly area?: Area }) => {
  const colourOf = useDomainColour()
  return graph.products.map((product) => {
    const spot = layout.spots.get(product.name)
    if (spot === undefined || (area !== undefined && !touches(spot, area))) return null
    return (
      // Nearer its name is what stands in it.
      <a key={product.name} href={`/products/${encodeURIComponent(product.name)}`} tabIndex={-1} data-product={product.name} aria-label={level === 'far' ? product.title : undefined}>
        <ProductBox product={product} spot={spot} level={level} colour={colourOf(product.domain)} />
      </a>
    )
  })
})

function StandingOut({ graph, layout, frame: { level, area, scale }, lit }: Drawn & { readonly frame: Frame; readonly lit: Lit }) {
  const colourOf = useDomainColour()
  const ends = useInputs(graph)
  const here = graph.products.find(({ name }) => name === lit.here)
  const spot = layout.spots.get(lit.here ?? '')
  return (
    <g className="map-lit" aria-hidden>
      {lit.reads.map(({ from, to }) => {
        const [a, b] = [layout.spots.get(from), layout.spots.get(to)]
        return a === undefined || b === undefined ? null : <path key={`${from} ${to}`} className="map-line" data-towards={from === lit.here ? 'out' : 'in'} d={lineBetween(a, b, ends(from, to, b.height))} strokeWidth={Math.max(1.8, 1.6 / scale)} />
      })}
      {graph.products.filter(({ name }) => lit.products.has(name)).map((product) => {
        const spot = layout.spots.get(product.name)
        return spot === undefined || (level !== 'far' && !touches(spot, area)) ? null : <ProductBox key={product.name} product={product} spot={spot} level={level} colour={colourOf(product.domain)} isHere={product.name === lit.here} />
      })}
      {level === 'far' && here !== undefined && spot !== undefined && <text className="map-here" x={spot.x + spot.width / 2} y={spot.y - 9 / scale} fontSize={14 / scale} strokeWidth={5 / scale} textAnchor="middle">{short(here.title, 40)}</text>}
    </g>
  )
}

/** How far below the top of its reader's box a line ends: at the input port, where there is one. */
function useInputs({ products }: MeshGraph): (from: string, to: string, height: number) => number | undefined {
  const inputs = useMemo(() => new Map(products.map(({ name, inputPorts }) => [name, inputPorts])), [products])
  return (from, to, height) => {
    const ports = inputs.get(to) ?? []
    const index = ports.findIndex(({ product }) => product === from)
    return index === -1 ? undefined : portAt(index, ports.length, height)
  }
}

/** How many readings lie between two domains, whichever way they go. */
function bundle({ products, reads }: MeshGraph): readonly { readonly from: string; readonly to: string; readonly reads: number }[] {
  const domains = new Map(products.map(({ name, domain }) => [name, domain]))
  const pairs = Map.groupBy(reads.map(({ from, to }) => ({ from: domains.get(from) ?? '', to: domains.get(to) ?? '' })).filter(({ from, to }) => from !== to), ({ from, to }) => [from, to].toSorted().join(' '))
  return [...pairs.values()].flatMap((own) => (own[0] === undefined ? [] : [{ ...own[0], reads: own.length }]))
}
