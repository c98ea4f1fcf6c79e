// Saved queries to open, by product. A press fills the statement in; only a person runs.

import { Skeleton, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { SavedQuery } from '@tulle/api'
import { useState } from 'react'
import { queries } from '../api.ts'

interface Props { readonly here: string | undefined; readonly onOpen: (query: SavedQuery) => void }

/** More of them want a field to find one. */
const MANY = 8

export function SavedList({ here, onOpen }: Props) {
  const { data } = useQuery(queries.savedQueries())
  const [words, setWords] = useState('')
  if (data === undefined) return <Stack gap={8}>{['1', '2'].map((key) => <Skeleton key={key} h={20} />)}</Stack>
  if (data.queries.length === 0) return <Text size="sm" c="dimmed">None yet. What you save, all who may see its product find here.</Text>
  const wanted = words.trim().toLowerCase()
  const found = data.queries.filter(({ title, product, name }) => `${title} ${product}.${name}`.toLowerCase().includes(wanted))
  return (
    <Stack gap={2}>
      {data.queries.length > MANY && <TextInput size="xs" mb={4} aria-label="Find a saved query" placeholder="Find" leftSection={<IconSearch size={13} aria-hidden />} value={words} onChange={(event) => setWords(event.currentTarget.value)} />}
      {found.map((query) => {
        const address = `${query.product}.${query.name}`
        return (
          <UnstyledButton key={address} className="bench-saved" title={query.description} {...(address === here && { 'aria-current': true })} onClick={() => onOpen(query)}>
            <span>{query.title}</span><Text span size="xs" c="dimmed">{query.product}</Text>
          </UnstyledButton>
        )
      })}
      {found.length === 0 && <Text size="sm" c="dimmed">None is called so.</Text>}
    </Stack>
  )
}
