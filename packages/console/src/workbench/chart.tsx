// Rows as a chart, by pointing at columns. What it shows is in the address.

import { Group, Select, Stack, Text } from '@mantine/core'
import * as Plot from '@observablehq/plot'
import type { QueryAnswer } from '@tulle/api'
import { useEffect, useMemo, useRef } from 'react'
import type { WorkbenchSearch } from '../addresses.ts'
import { CHART_MARKS } from '../addresses.ts'
import { isNumber } from '../product/value.ts'

interface Props { readonly answer: QueryAnswer; readonly search: WorkbenchSearch; readonly onRefine: (change: WorkbenchSearch) => void }

const TIME = /^(?:date|time)/iu
const MOST_BARS = 60

export function Chart({ answer, search, onRefine }: Props) {
  const { columns, rows } = answer
  const names = columns.map(({ name }) => name)
  const at = (name: string | undefined, otherwise: number): number => (name !== undefined && names.includes(name) ? names.indexOf(name) : otherwise)
  const number = columns.findIndex(({ type }) => isNumber(type))
  const y = at(search.y, number)
  const x = at(search.x, Math.max(0, columns.findIndex((_, i) => i !== y)))
  const colour = at(search.colour, -1)
  const mark = search.mark ?? (TIME.test(columns[x]?.type ?? '') ? 'line' : isNumber(columns[x]?.type ?? '') && x !== y ? 'dot' : 'bar')
  const points = useMemo(() => rows.slice(0, mark === 'bar' ? MOST_BARS : rows.length).map((row) => ({ x: valueOf(columns[x]?.type, row[x]), y: valueOf(columns[y]?.type, row[y]), colour: colour < 0 ? undefined : String(row[colour]) })), [rows, columns, mark, x, y, colour])
  const host = useRef<HTMLDivElement>(null)
  const [xName, yName] = [names[x] ?? '', names[y] ?? '']
  useEffect(() => {
    const place = host.current
    if (place === null || y < 0) return
    const draw = (): void => place.replaceChildren(drawn(points, { mark, xName, yName, isBand: mark === 'bar', hasColour: colour >= 0, width: place.clientWidth }))
    draw()
    const watching = new ResizeObserver(draw)
    watching.observe(place)
    return () => watching.disconnect()
  }, [points, mark, xName, yName, colour, y])
  if (y < 0) return <Text size="sm" c="dimmed" px="md" pb="md">A chart needs a column of numbers: this answer has none.</Text>
  const pick = (label: string, value: number, key: 'x' | 'y' | 'colour', only: (type: string) => boolean = () => true) => (
    <Select size="xs" w={150} label={label} data={columns.filter(({ type }) => only(type)).map(({ name }) => name).filter((name, i, all) => all.indexOf(name) === i)} value={names[value] ?? null} clearable={key === 'colour'} allowDeselect={key === 'colour'} onChange={(name) => onRefine({ [key]: name ?? undefined })} />
  )
  return (
    <Stack gap="sm" px="md" pb="md">
      <Group gap="sm" align="end">
        <Select size="xs" w={110} label="Chart" data={CHART_MARKS.map((value) => ({ value, label: { bar: 'Bars', line: 'Lines', dot: 'Points' }[value] }))} value={mark} allowDeselect={false} onChange={(value) => onRefine({ mark: CHART_MARKS.find((known) => known === value) })} />
        {pick('Across', x, 'x')}
        {pick('Up', y, 'y', isNumber)}
        {pick('Colour', colour, 'colour')}
      </Group>
      <div ref={host} className="chart" role="img" aria-label={`${yName} by ${xName}, ${points.length} points; the table has the numbers`} />
      {mark === 'bar' && rows.length > MOST_BARS && <Text size="xs" c="dimmed">The first {MOST_BARS} rows. Group or order in the statement to choose them.</Text>}
    </Stack>
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

interface Look { readonly mark: 'bar' | 'line' | 'dot'; readonly xName: string; readonly yName: string; readonly isBand: boolean; readonly hasColour: boolean; readonly width: number }

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
