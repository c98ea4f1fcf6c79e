// The way to ask for access: the form, or the same from a terminal. And who keeps the product, to talk to.

import { Group, Stack, Text } from '@mantine/core'
import { IconMessageQuestion } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import type { Product } from '@tulle/api'
import { queries } from '../api.ts'
import { ButtonLink } from '../shell/button-link.tsx'
import { CopyBlock } from '../shell/copy-block.tsx'

export function AskForAccess({ product }: { readonly product: Product }) {
  const { data: me } = useSuspenseQuery(queries.me())
  const { data: teams } = useSuspenseQuery(queries.teams())
  const team = teams.teams.find(({ name }) => name === product.team)
  const [purpose] = me.purposes
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <ButtonLink to="/products/$product/ask" params={{ product: product.name }} size="sm" leftSection={<IconMessageQuestion size={16} aria-hidden />}>Ask for access</ButtonLink>
        <Text size="sm">
          {product.owner === undefined ? 'Its team' : <strong>{product.owner}</strong>} ({team?.title ?? product.team}{team?.email !== undefined && <>, {team.email}</>}) decides, or a steward. From a terminal:
        </Text>
      </Group>
      <CopyBlock label="Copy the command" text={`npx tulle access request ${product.name} --purpose ${purpose ?? '<purpose>'} --because "<why>"`} />
    </Stack>
  )
}
