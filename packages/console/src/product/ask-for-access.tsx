// Whom to ask for access, and what that person then does. The console knows no request of its own yet.

import { Stack, Text } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import type { Product } from '@tulle/api'
import { queries } from '../api.ts'
import { CopyBlock } from '../shell/copy-block.tsx'

export function AskForAccess({ product }: { readonly product: Product }) {
  const { data: me } = useSuspenseQuery(queries.me())
  const { data: teams } = useSuspenseQuery(queries.teams())
  const team = teams.teams.find(({ name }) => name === product.team)
  const [purpose] = me.purposes
  return (
    <Stack gap={6}>
      <Text size="sm">
        Ask {product.owner === undefined ? 'its team' : <strong>{product.owner}</strong>} ({team?.title ?? product.team}{team?.email !== undefined && <>, {team.email}</>}) for access
        {purpose !== undefined && <> for your purpose <strong>{purpose}</strong></>}. Whoever keeps the product gives it on its Access page, or so:
      </Text>
      <CopyBlock label="Copy the command" text={`npx tulle grant ${me.name} ${product.name} --purpose ${purpose ?? '<purpose>'}`} />
    </Stack>
  )
}
