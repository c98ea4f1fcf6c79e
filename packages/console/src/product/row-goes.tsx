// The rows of published data sets that a row had a part in, under the viewer's own rights. It is asked for: it may take longer than where it comes from.

import { Alert, Button, Card, Group, Text } from '@mantine/core'
import { IconArrowRight, IconInfoCircle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Influence } from '@tulle/api'
import { useState } from 'react'
import { queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { plural } from '../shell/format.ts'
import { Loading } from '../shell/loading.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { HiddenRows } from './hidden-rows.tsx'
import type { RowAt } from './row-at.ts'
import { RowsThatLeadOn } from './rows-that-lead-on.tsx'

export function RowGoes({ row, onAsk }: { readonly row: RowAt; readonly onAsk: (row: RowAt) => void }) {
  const [isAsked, ask] = useState(false)
  const found = useQuery({ ...queries.influence(row), enabled: isAsked })
  if (!isAsked) return <Group><Button variant="default" size="xs" leftSection={<IconArrowRight size={15} aria-hidden />} onClick={() => ask(true)}>Where it goes</Button></Group>
  if (found.isError) return <ProblemAlert error={found.error} />
  if (found.data === undefined) return <Loading />
  const { outputs } = found.data
  if (outputs.length === 0) return <Text size="sm" c="dimmed">No product that you may know of reads it.</Text>
  return outputs.map((output) => <Output key={`${output.product}.${output.name}`} output={output} onAsk={onAsk} />)
}

function Output({ output: { product, name, snapshot, columns, rows, cut = false, atMost = false, hidden, why }, onAsk }: { readonly output: Influence['outputs'][number]; readonly onAsk: (row: RowAt) => void }) {
  const title = `${product}.${name}`
  return (
    <Card withBorder padding={0} component="section" aria-label={`Output ${title}`}>
      <Group px="md" py="sm" justify="space-between" gap="xs">
        <AnchorLink to="/products/$product" params={{ product }} search={{ tab: 'sample' }} className="address" fw={600}>{title}</AnchorLink>
        {rows !== undefined && <Text size="xs" c="dimmed" className="numbers">It had a part in {plural(rows.length, 'row')}{cut && ' and more'}{atMost && ', or fewer of them'}{snapshot !== undefined && <>, at version <code>{snapshot}</code></>}</Text>}
      </Group>
      {hidden !== undefined && <HiddenRows product={product} why={hidden} />}
      {why !== undefined && <Alert color="gray" radius={0} icon={<IconInfoCircle />} title="No rows can be named">{why}</Alert>}
      {rows !== undefined && columns !== undefined && rows.length > 0 && <RowsThatLeadOn from={{ product, name, snapshot: undefined, columns, rows }} onAsk={onAsk} />}
    </Card>
  )
}
