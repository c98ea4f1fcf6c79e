// Who would lose or gain what.

import { Alert, Badge, Stack, Table, Text } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import type { PolicyEffects } from '@tulle/api'
import { plural } from '../shell/format.ts'
import { WideTable } from '../shell/wide-table.tsx'

const COLOUR = { loses: 'red', gains: 'teal', otherwise: 'orange' } as const
const MOST = 200

export function Effects({ effects: { effects, asked, complete } }: { readonly effects: PolicyEffects }) {
  return (
    <Stack gap="xs">
      {effects.length === 0
        ? <Alert variant="light" color="teal" icon={<IconCircleCheck />}>Nobody would lose or gain anything that may be read now{complete ? '' : ', of what was asked'}.</Alert>
        : (
          <WideTable label="Who would lose or gain what" minWidth={420}>
            <Table.Thead><Table.Tr><Table.Th>Who</Table.Th><Table.Th>Of what</Table.Th><Table.Th>What</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {effects.slice(0, MOST).map(({ user, product, dataSet, purpose, effect, says }) => (
                <Table.Tr key={`${user} ${product} ${dataSet} ${purpose ?? ''}`}>
                  <Table.Td><Text size="sm" fw={600}>{user}</Text>{purpose !== undefined && <Text size="xs" c="dimmed">for {purpose}</Text>}</Table.Td>
                  <Table.Td><Text size="sm" className="address">{product}.{dataSet}</Text></Table.Td>
                  <Table.Td><Badge size="sm" variant="light" tt="none" color={COLOUR[effect]} mr={6}>{effect}</Badge><Text span size="sm">{says.join('; ')}</Text></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </WideTable>
        )}
      <Text size="xs" c="dimmed">{plural(asked, 'question')} asked of the policy in force and of the one that would be{complete ? '' : '; there are more, which nobody asked'}{effects.length > MOST && `; ${effects.length - MOST} more are not shown`}.</Text>
    </Stack>
  )
}
