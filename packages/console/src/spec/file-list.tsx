// The files of the mesh, found by a few letters; those with a draft say so.

import { ScrollArea, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'

interface Props { readonly files: readonly string[]; readonly drafts: ReadonlySet<string>; readonly wrong: ReadonlySet<string>; readonly here: string | undefined; readonly onOpen: (path: string) => void }

const MOST = 300

/** A path breaks behind its slashes. */
const breakable = (path: string): string => path.replaceAll('/', '/\u200B')

export function FileList({ files, drafts, wrong, here, onOpen }: Props) {
  const [words, setWords] = useState('')
  const parts = words.toLowerCase().split(/\s+/u).filter(Boolean)
  const found = files.filter((path) => parts.every((part) => path.toLowerCase().includes(part)))
  return (
    <nav aria-label="Files of the mesh" className="spec-files">
      <TextInput size="xs" mb={6} aria-label="Find a file" placeholder="Find a file" leftSection={<IconSearch size={13} aria-hidden />} value={words} onChange={(event) => setWords(event.currentTarget.value)} />
      <ScrollArea.Autosize mah="60vh" type="auto" viewportProps={{ tabIndex: 0 }}>
        {found.slice(0, MOST).map((path) => {
          const at = path.lastIndexOf('/') + 1
          return (
            <UnstyledButton key={path} className="spec-file" onClick={() => onOpen(path)} {...(path === here && { 'aria-current': 'page' as const })}>
              <span>{path.slice(at)}{drafts.has(path) && <Text span inherit c="orange" aria-label="changed"> ●</Text>}{wrong.has(path) && <Text span inherit c="red" aria-label="with errors"> ✕</Text>}</span>
              <Text span size="xs" c="dimmed" className="spec-folder" title={path}>{breakable(path.slice(0, at))}</Text>
            </UnstyledButton>
          )
        })}
        {found.length === 0 && <Text size="sm" c="dimmed">No file is called so.</Text>}
        {found.length > MOST && <Text size="sm" c="dimmed">And {found.length - MOST} more: write some letters.</Text>}
      </ScrollArea.Autosize>
    </nav>
  )
}
