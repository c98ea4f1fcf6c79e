// Why the rows of a product are not shown, and where to ask for them.

import { Code, Group, Text } from '@mantine/core'
import { IconEyeOff } from '@tabler/icons-react'
import { AnchorLink } from '../shell/anchor-link.tsx'

export function HiddenRows({ product, why }: { readonly product: string; readonly why: string }) {
  return (
    <Group px="md" pb="sm" gap={8}>
      <IconEyeOff size={16} aria-hidden />
      <Text size="sm">Its rows are hidden from you: <Code>{why}</Code></Text>
      <AnchorLink to="/products/$product/ask" params={{ product }} size="sm">Ask for access</AnchorLink>
    </Group>
  )
}
