// The rows that made a row, from input to input, under the viewer's own rights. It is in no address: a key may be a person's.

import { Alert, Anchor, Breadcrumbs, Card, Group, Modal, Stack, Text, Title } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Provenance } from '@tulle/api'
import { useState } from 'react'
import { queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { plural } from '../shell/format.ts'
import { Loading } from '../shell/loading.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { HiddenRows } from './hidden-rows.tsx'
import type { RowAt } from './row-at.ts'
import { RowGoes } from './row-goes.tsx'
import { RowTable } from './row-table.tsx'
import { RowsThatLeadOn } from './rows-that-lead-on.tsx'

export function RowOrigin({ row, onClose }: { readonly row: RowAt; readonly onClose: () => void }) {
  // The way back from the input row that is looked at to the row that was asked about first.
  const [trail, setTrail] = useState<readonly [RowAt, ...RowAt[]]>([row])
  const last = trail.at(-1) ?? row
  return (
    <Modal opened onClose={onClose} title="Where it comes from" size="xl" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        {trail.length > 1 && (
          <Breadcrumbs separatorMargin={6} style={{ flexWrap: 'wrap' }}>
            {trail.map((one, index) => (one === last
              ? <Text key={one.where} size="sm">{one.product}.{one.dataSet}</Text>
              : <Anchor key={one.where} component="button" type="button" size="sm" onClick={() => setTrail([row, ...trail.slice(1, index + 1)])}>{one.product}.{one.dataSet}</Anchor>))}
          </Breadcrumbs>
        )}
        <Origin key={`${last.product}.${last.dataSet} ${last.where}`} row={last} onAsk={(next) => setTrail([...trail, next])} />
      </Stack>
    </Modal>
  )
}

function Origin({ row, onAsk }: { readonly row: RowAt; readonly onAsk: (row: RowAt) => void }) {
  const found = useQuery(queries.provenance(row))
  if (found.isError) return <ProblemAlert error={found.error} />
  if (found.data === undefined) return <Loading />
  const { columns, rows, cut, why, inputs } = found.data
  return (
    <>
      <section aria-label="The row">
        <Title order={3} className="address" mb={6}>{row.product}.{row.dataSet}: {row.label}</Title>
        {rows.length === 0 ? <Text size="sm" c="dimmed">No row has this key, as your rights show them now.</Text> : <RowTable label="The row" columns={columns} rows={rows} />}
        {(cut || rows.length > 1) && <Text size="sm" c="dimmed" mt={4}>{plural(rows.length, 'row')}{cut && ' and more'} have this key, as your rights show them.</Text>}
      </section>
      {why !== undefined && <Alert color="gray" icon={<IconInfoCircle />} title="No input rows can be named">{why}</Alert>}
      {inputs.map((input, index) => <Input key={`${input.product}.${input.name} ${index + 1}`} input={input} onAsk={onAsk} />)}
      {inputs.length === 0 && why === undefined && <Text size="sm" c="dimmed">Its model reads nothing.</Text>}
      {row.snapshot === undefined && rows.length > 0 && <RowGoes row={row} onAsk={onAsk} />}
    </>
  )
}

function Input({ input: { product, kind, name, snapshot, columns, rows, cut = false, atMost = false, hidden }, onAsk }: { readonly input: Provenance['inputs'][number]; readonly onAsk: (row: RowAt) => void }) {
  const title = `${product}${kind === 'port' ? ':' : '.'}${name}`
  return (
    <Card withBorder padding={0} component="section" aria-label={`Input ${title}`}>
      <Group px="md" py="sm" justify="space-between" gap="xs">
        <AnchorLink to="/products/$product" params={{ product }} search={{ tab: kind === 'port' ? 'ports' : 'sample' }} className="address" fw={600}>{title}</AnchorLink>
        <Text size="xs" c="dimmed" className="numbers">
          {rows !== undefined && <>{plural(rows.length, 'row')}{cut && ' and more'}{atMost && ', or fewer of them,'} made it</>}{snapshot !== undefined && <>{rows !== undefined && ', '}at version <code>{snapshot}</code></>}
        </Text>
      </Group>
      {hidden !== undefined && <HiddenRows product={product} why={hidden} />}
      {rows !== undefined && columns !== undefined && rows.length > 0 && <RowsThatLeadOn from={{ product, name, snapshot, columns, rows }} onAsk={onAsk} />}
    </Card>
  )
}
