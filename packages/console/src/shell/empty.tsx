// What stands where there is nothing: why, and what to do about it.

import { Stack, Text } from '@mantine/core'
import type { Icon } from '@tabler/icons-react'
import type { ReactNode } from 'react'

export function Empty({ icon: Picture, title, children }: { readonly icon: Icon; readonly title: string; readonly children?: ReactNode }) {
  return (
    <Stack align="center" gap={6} py={40} px="md" ta="center">
      <Picture size={34} stroke={1.4} color="var(--mantine-color-dimmed)" aria-hidden />
      <Text fw={600}>{title}</Text>
      {children !== undefined && <Text component="div" size="sm" c="dimmed" maw={480}>{children}</Text>}
    </Stack>
  )
}
