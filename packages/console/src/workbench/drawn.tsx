// Rows as a chart. It draws anew when its room changes.

import { Text } from '@mantine/core'
import * as Plot from '@observablehq/plot'
import type { QueryAnswer } from '@tulle/api'
import { useEffect, useMemo, useRef } from 'react'
import { isNumber } from '../product/value.ts'
import { plural } from '../shell/format.ts'
import type { Drawing } from './chart-of.ts'

const MOST_BARS = 60

interface Props { readonly answer: QueryAnswer; readonly drawing: Drawing; readonly title?: string }

export function Drawn({ answer: { columns, rows }, drawing: { x, y, colour, mark }, title }: Props) {
  const points = useMemo(() => rows.slice(0, mark === 'bar' ? MOST_BARS : rows.length).map((row) => ({ x: valueOf(columns[x]?.type, row[x]), y: valueOf(columns[y]?.type, row[y]), colour: colour < 0 ? undefined : String(row[colour]) })), [rows, columns, mark, x, y, colour])
  const host = useRef<HTMLDivElement>(null)
  const [xName, yName] = [columns[x]?.name ?? '', columns[y]?.name ?? '']
  useEffect(() => {
    const place = host.current
    if (place === null || y < 0) return
    const draw = (): void => {
      const picture = drawn(points, { mark, xName, yName, isBand: mark === 'bar', hasColour: colour >= 0, width: place.clientWidth })
      // Its place says what it is; its own marks say "rule" and "bar".
      picture.setAttribute('aria-hidden', 'true')
      place.replaceChildren(picture)
    }
    draw()
    const watching = new ResizeObserver(draw)
    watching.observe(place)
    return () => watching.disconnect()
  }, [points, mark, xName, yName, colour, y])
  if (y < 0) return <Text size="sm" c="dimmed">A chart needs a column of numbers: this answer has none.</Text>
  return (
    <>
      <div ref={host} className="chart" role="img" aria-label={`${title === undefined ? '' : `${title}: `}${yName} by ${xName}, ${plural(points.length, 'point')}; the table has the numbers`} />
      {mark === 'bar' && rows.length > MOST_BARS && <Text size="xs" c="dimmed">The first {MOST_BARS} rows. Group or order in the statement to choose them.</Text>}
    </>
  )
}

type Value = number | Date | string | null
interface Point { readonly x: Value; readonly y: Value; readonly colour: string | undefined }

function valueOf(type = '', value: unknown): Value {
  if (value === null || value === undefined) return null
  if (isNumber(type)) return Number(value)
  if (/^(?:date|timestamp)/iu.test(type)) return new Date(String(value))
  return String(value)
}

interface Look { readonly mark: Drawing['mark']; readonly xName: string; readonly yName: string; readonly isBand: boolean; readonly hasColour: boolean; readonly width: number }

function drawn(points: readonly Point[], { mark, xName, yName, isBand, hasColour, width }: Look): Element {
  const colour = hasColour ? 'colour' : 'var(--mantine-primary-color-filled)'
  const channels = { x: 'x', y: 'y', tip: true }
  const marks = {
    bar: () => Plot.barY(points, { ...channels, fill: colour }),
    line: () => Plot.lineY(points, { ...channels, stroke: colour, sort: 'x', strokeWidth: 2 }),
    dot: () => Plot.dot(points, { ...channels, fill: colour, fillOpacity: 0.75, r: 3.5 }),
  }
  const order = [...new Set(points.map(({ x }) => x))]
  return Plot.plot({
    width, height: Math.max(260, Math.min(420, width * 0.5)), marginLeft: 64, marginBottom: isBand && order.length > 8 ? 76 : 40,
    style: { background: 'transparent', color: 'var(--mantine-color-text)', fontSize: '12px', overflow: 'visible' },
    x: { label: xName, ...(isBand && { type: 'band' as const, domain: order, tickRotate: order.length > 8 ? -40 : 0 }) },
    y: { label: yName, grid: true, nice: true, ...(isBand && { zero: true }) },
    color: { legend: hasColour },
    marks: [Plot.ruleY(isBand ? [0] : []), marks[mark]()],
  })
}
