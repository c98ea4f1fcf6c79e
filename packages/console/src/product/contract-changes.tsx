// What a change of a contract means for who reads by which port.

import { Badge, Group, Stack, Text } from '@mantine/core'
import type { ContractChanges } from '@tulle/api'

const COLOURS = { breaking: 'red', minor: 'blue', none: 'gray' } as const
const WORDS = { breaking: 'breaking', minor: 'compatible', none: 'no change for readers' } as const

export const Severity = ({ severity }: { readonly severity: ContractChanges['severity'] }) => <Badge variant="light" color={COLOURS[severity]} tt="none">{WORDS[severity]}</Badge>

const PORTS = { sql: 'by SQL', files: 'by files and REST', stream: 'by streams' } as const
const KINDS = { added: 'is new', removed: 'is no longer offered', changed: '' } as const

export function ChangesOfContract({ changes: { dataSet, kind, from, to, ports } }: { readonly changes: ContractChanges }) {
  return (
    <div>
      <Text size="sm"><Text span inherit fw={600} className="address">{dataSet}</Text> {KINDS[kind]}{kind === 'changed' && from !== to && <Text span inherit c="dimmed">contract {from ?? 'none'} → {to ?? 'none'}</Text>}</Text>
      {groupedByPort(ports).map(({ names, changes }) => (
        <div key={names.join()}>
          {ports.length > 1 && <Text size="xs" c="dimmed">{names.join(', ')}</Text>}
          <Stack component="ul" gap={2} m={0} pl="md" aria-label={`Changes of ${dataSet} ${names.join(', ')}`}>
            {changes.map(({ path, severity, reason }) => (
              <Group component="li" gap={8} key={`${path} ${reason}`} wrap="nowrap" align="start">
                <Text size="sm"><code>{path}</code> {reason}</Text>
                {severity === 'breaking' && <Severity severity={severity} />}
              </Group>
            ))}
          </Stack>
        </div>
      ))}
    </div>
  )
}

/** What means the same by several ports stands once. */
function groupedByPort(ports: ContractChanges['ports']): readonly { readonly names: readonly string[]; readonly changes: ContractChanges['ports'][number]['changes'] }[] {
  const groups = Map.groupBy(ports.filter(({ changes }) => changes.length > 0), ({ changes }) => JSON.stringify(changes))
  return [...groups.values()].flatMap(([first, ...more]) => (first === undefined ? [] : [{ names: [first, ...more].map(({ port }) => PORTS[port]), changes: first.changes }]))
}
