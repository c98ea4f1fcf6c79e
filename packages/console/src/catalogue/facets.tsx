// What may narrow a search down, each with what another choice of it would give.

import { Checkbox, Group, Stack, Text } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import type { Found } from '@tulle/api'
import type { FacetName, FacetChoices } from '../addresses.ts'
import { FACET_NAMES } from '../addresses.ts'
import { queries } from '../api.ts'

const LABELS: Readonly<Record<FacetName, string>> = { domain: 'Domain', type: 'Type', classification: 'Classification', port: 'Port', certified: 'Certified', freshness: 'Published' }
const WORDS: Partial<Readonly<Record<FacetName, Readonly<Record<string, string>>>>> = {
  freshness: { hour: 'within the hour', day: 'within the day', week: 'within the week', older: 'before that', never: 'not yet' },
  port: { sql: 'SQL', rest: 'REST', files: 'Files', external: 'elsewhere' },
}
const MOST = 8

interface Props {
  readonly found: Found | undefined
  readonly choices: FacetChoices
  readonly onChoose: (facet: FacetName, values: string | undefined) => void
}

export function Facets({ found, choices, onChoose }: Props) {
  const { data: domains } = useSuspenseQuery(queries.domains())
  const titleOf = (facet: FacetName, value: string): string => (facet === 'domain' ? domains.domains.find(({ name }) => name === value)?.title : WORDS[facet]?.[value]) ?? value
  return (
    <Stack gap="lg">
      {FACET_NAMES.map((facet) => {
        const chosen = choices[facet]?.split(',') ?? []
        const counted = found?.facets[facet] ?? []
        // What was chosen stays in sight, so that it can be given up.
        const values = [...counted, ...chosen.filter((value) => !counted.some((one) => one.value === value)).map((value) => ({ value, count: 0 }))]
        if (values.length < 2 && chosen.length === 0) return null
        const toggle = (value: string, on: boolean): void => {
          const next = on ? [...chosen, value] : chosen.filter((one) => one !== value)
          onChoose(facet, next.length === 0 ? undefined : next.join(','))
        }
        return (
          <fieldset key={facet} className="facet">
            <legend>{LABELS[facet]}</legend>
            <Stack gap={7}>
              {values.filter(({ value }, i) => i < MOST || chosen.includes(value)).map(({ value, count }) => (
                <Group key={value} gap={8} wrap="nowrap" justify="space-between">
                  <Checkbox size="xs" label={titleOf(facet, value)} checked={chosen.includes(value)} onChange={(event) => toggle(value, event.currentTarget.checked)} />
                  <Text size="xs" c="dimmed" className="numbers">{count}</Text>
                </Group>
              ))}
            </Stack>
          </fieldset>
        )
      })}
    </Stack>
  )
}
