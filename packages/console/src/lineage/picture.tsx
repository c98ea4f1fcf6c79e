// Lineage as a picture: what it comes from, the data set, where it goes. The lines are for the eye alone; beside it all is said in words.

import { Text } from '@mantine/core'
import { IconDatabase, IconPlugConnected, IconWorld } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import type { ProductSearch } from '../addresses.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { plural } from '../shell/format.ts'
import { SIZE } from './layout.ts'
import type { Box, Layout } from './layout.ts'
import { columnLabel } from './words.ts'

interface Props {
  readonly label: string
  readonly layout: Layout
  readonly chosen: string | undefined
  /** Of the address where a column of the middle is the chosen one, or none is. */
  readonly searchOf: (column: string | undefined) => ProductSearch
  readonly onShowAll: () => void
}

export function Picture({ label, layout: { boxes, links, width, height }, chosen, searchOf, onShowAll }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const middle = boxes.find(({ layer }) => layer === 0)?.x ?? 0
  // A picture that is wider than its place begins at its middle.
  useEffect(() => {
    if (frame.current !== null) frame.current.scrollLeft = middle + SIZE.width / 2 - frame.current.clientWidth / 2
  }, [middle])
  const captions = [...new Map(boxes.map(({ layer, x }) => [layer, x]))].toSorted(([a], [b]) => a - b)
  return (
    <div className="lineage" role="group" aria-label={label} tabIndex={0} ref={frame}>
      <div className="lineage-body" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden>
          {links.map(({ key, path, flows }) => <path key={key} d={path} className={flows ? 'lineage-flows' : 'lineage-decides'} />)}
        </svg>
        {captions.map(([layer, x]) => <Text key={layer} size="xs" c="dimmed" className="lineage-caption" style={{ left: x, width: SIZE.width }}>{captionOf(layer)}</Text>)}
        {boxes.toSorted((a, b) => a.layer - b.layer).map((box) => <BoxOf key={box.key} box={box} chosen={chosen} searchOf={searchOf} onShowAll={onShowAll} />)}
      </div>
    </div>
  )
}

const captionOf = (layer: number): string =>
  layer === 0 ? 'This data set' : layer === -1 ? 'Comes from' : layer === 1 ? 'Goes to' : `${Math.abs(layer)} steps ${layer < 0 ? 'before' : 'after'}`

function BoxOf({ box, chosen, searchOf, onShowAll }: Omit<Props, 'layout' | 'label'> & { readonly box: Box }) {
  const { product, kind, name, snapshot, layer, rows, more, x, y, height } = box
  const isMiddle = layer === 0
  const Sign = kind === 'port' ? IconPlugConnected : kind === 'foreign' ? IconWorld : IconDatabase
  const title = kind === 'foreign' ? `${product}/${name}` : `${product}${kind === 'port' ? ':' : '.'}${name}`
  const about = kind === 'port' ? 'input port' : kind === 'foreign' ? 'elsewhere, as others tell' : snapshot !== undefined ? `at ${snapshot}` : isMiddle ? plural(rows.filter((row) => row !== '*').length + more, 'column') : rows.length === 0 ? `${plural(more, 'column')} of it` : 'data set'
  return (
    <div className="lineage-box" role="group" aria-label={title} data-here={isMiddle || undefined} data-port={kind !== 'data-set' || undefined} style={{ left: x, top: y, width: SIZE.width, height }}>
      <div className="lineage-head" style={{ height: SIZE.head }}>
        <Sign size={16} aria-hidden />
        <div className="lineage-name">
          {isMiddle
            ? <Text span fw={650} size="sm" className="lineage-text" title={`${product}.${name}`}>{product}.{name}</Text>
            : kind === 'foreign'
              ? <Text span fw={600} size="sm" className="lineage-text" title={title}>{title}</Text>
              : <AnchorLink to="/products/$product" params={{ product }} search={kind === 'port' ? { tab: 'ports' } : { tab: 'lineage', of: name }} fw={600} size="sm" className="lineage-text" title={title}>{title}</AnchorLink>}
          <Text size="xs" c="dimmed" className="lineage-text">{about}</Text>
        </div>
      </div>
      {rows.map((column) => {
        if (column === '*' || kind !== 'data-set') return <span key={column} className="lineage-row" data-plain title={columnLabel(column)} style={{ height: SIZE.row }}>{columnLabel(column)}</span>
        const isChosen = isMiddle && column.toLowerCase() === chosen?.toLowerCase()
        const search = isMiddle ? searchOf(isChosen ? undefined : column) : { tab: 'lineage' as const, of: name, column }
        return <AnchorLink key={column} to="/products/$product" params={{ product }} search={search} resetScroll={false} underline="never" className="lineage-row" title={column} style={{ height: SIZE.row }} {...(isChosen && { 'aria-current': true as const })}>{column}</AnchorLink>
      })}
      {rows.length > 0 && more > 0 && (isMiddle
        ? <button type="button" className="lineage-row lineage-more" style={{ height: SIZE.row }} onClick={onShowAll}>Show {plural(more, 'more column')}</button>
        : <span className="lineage-row" data-plain style={{ height: SIZE.row }}>and {more} more</span>)}
    </div>
  )
}
