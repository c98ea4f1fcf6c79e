// Bars by day. Each says its day on hover; a reader by ear gets the sum and the busiest day.

import type { Usage } from '@tulle/api'
import { Group, Text } from '@mantine/core'
import { count, plural, queriesOf } from '../shell/format.ts'

const HEIGHT = 88

export function Trend({ days }: { readonly days: Usage['trend'] }) {
  const most = Math.max(1, ...days.map(({ queries }) => queries))
  const busiest = days.find(({ queries }) => queries === most)
  const all = days.reduce((sum, { queries }) => sum + queries, 0)
  return (
    <div>
      <div className="trend" style={{ height: HEIGHT }} role="img" aria-label={`${queriesOf(all)} in ${plural(days.length, 'day')}${busiest === undefined ? '' : `, most on ${busiest.day}: ${count(most)}`}`}>
        {days.map(({ day, queries, active }) => (
          <div key={day} className="trend-day" title={`${day}: ${queriesOf(queries)} by ${plural(active, 'consumer')}`}>
            <div className="trend-bar" style={{ height: queries === 0 ? 2 : Math.max(4, (queries / most) * HEIGHT) }} data-none={queries === 0 || undefined} />
          </div>
        ))}
      </div>
      <Group justify="space-between" mt={4}><Text size="xs" c="dimmed">{days[0]?.day}</Text><Text size="xs" c="dimmed">{days.at(-1)?.day}</Text></Group>
    </div>
  )
}
