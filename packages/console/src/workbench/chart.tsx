// Rows as a chart, by pointing at columns. What it shows is in the address.

import { Group, Select, Stack } from '@mantine/core'
import type { QueryAnswer } from '@tulle/api'
import type { ChartChoice } from '../addresses.ts'
import { CHART_MARKS } from '../addresses.ts'
import { isNumber } from '../product/value.ts'
import { chartOf } from './chart-of.ts'
import { Drawn } from './drawn.tsx'

interface Props { readonly answer: QueryAnswer; readonly choice: ChartChoice; readonly onRefine: (change: ChartChoice) => void }

export function Chart({ answer, choice, onRefine }: Props) {
  const { columns } = answer
  const drawing = chartOf(answer, choice)
  const pick = (label: string, key: 'x' | 'y' | 'colour', only: (type: string) => boolean = () => true) => (
    <Select size="xs" w={150} label={label} data={columns.filter(({ type }) => only(type)).map(({ name }) => name).filter((name, i, all) => all.indexOf(name) === i)} value={columns[drawing[key]]?.name ?? null} clearable={key === 'colour'} allowDeselect={key === 'colour'} onChange={(name) => onRefine({ [key]: name ?? undefined })} />
  )
  return (
    <Stack gap="sm" px="md" pb="md">
      {drawing.y >= 0 && (
        <Group gap="sm" align="end">
          <Select size="xs" w={110} label="Chart" data={CHART_MARKS.map((value) => ({ value, label: { bar: 'Bars', line: 'Lines', dot: 'Points' }[value] }))} value={drawing.mark} allowDeselect={false} onChange={(value) => onRefine({ mark: CHART_MARKS.find((known) => known === value) })} />
          {pick('Across', 'x')}
          {pick('Up', 'y', isNumber)}
          {pick('Colour', 'colour')}
        </Group>
      )}
      <Drawn answer={answer} drawing={drawing} />
    </Stack>
  )
}
