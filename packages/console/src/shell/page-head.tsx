// The head of a page: its title here and in the browser's tab, what it is about, and what may be done.

import { Group, Stack, Text, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'

interface Props {
  readonly title: string
  /** Stands in the browser's tab where it differs from the heading. */
  readonly tab?: string
  /** Where the page lies, above its title. */
  readonly above?: ReactNode
  readonly mark?: ReactNode
  readonly beside?: ReactNode
  readonly about?: ReactNode
  readonly actions?: ReactNode
}

export function PageHead({ title, tab = title, above, mark, beside, about, actions }: Props) {
  useDocumentTitle(`${tab} · Tulle`)
  return (
    <Group justify="space-between" align="start" gap="md">
      <Group gap="md" wrap="nowrap" align="start" flex="1 1 24rem" miw={0}>
        {mark}
        <Stack gap={4} miw={0}>
          {above !== undefined && <Text component="div" size="sm" c="dimmed">{above}</Text>}
          <Group gap="sm">
            <Title order={1}>{title}</Title>
            {beside}
          </Group>
          {about !== undefined && <Text component="div" c="dimmed" maw={900} style={{ textWrap: 'pretty' }}>{about}</Text>}
        </Stack>
      </Group>
      {actions}
    </Group>
  )
}
