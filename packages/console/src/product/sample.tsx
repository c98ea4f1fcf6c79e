// Some rows under the viewer's own rights. A refusal says why and what to do about it.

import { Alert, Card, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconLock, IconTableOff } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { ApiProblem } from '@tulle/api'
import type { DataSet, Product, Sample } from '@tulle/api'
import { useState } from 'react'
import { queries } from '../api.ts'
import { Empty } from '../shell/empty.tsx'
import { count, plural } from '../shell/format.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import { AskForAccess } from './ask-for-access.tsx'
import { rowKeys } from './row-key.ts'
import type { RowKey } from './row-key.ts'
import { RowOrigin } from './row-origin.tsx'
import { RowTable } from './row-table.tsx'

export function SampleRows({ product }: { readonly product: Product }) {
  return (
    <Stack gap="lg">
      {product.dataSets.map((dataSet) => <SampleOf key={dataSet.name} product={product} dataSet={dataSet} />)}
    </Stack>
  )
}

function SampleOf({ product, dataSet }: { readonly product: Product; readonly dataSet: DataSet }) {
  const sample = useQuery(queries.sample(product.name, dataSet))
  const hidden = dataSet.columns.length - dataSet.access.columns.length
  return (
    <Card withBorder padding={0} component="section" aria-label={`Sample of ${dataSet.name}`}>
      <Group px="md" py="sm" justify="space-between" gap="xs">
        <Title order={2} className="address">{product.name}.{dataSet.name}</Title>
        {sample.data !== undefined && (
          <Text size="sm" c="dimmed" className="numbers">
            {sample.data.filtered === true ? `${plural(sample.data.rows.length, 'row')} of the part that you may see` : `${count(sample.data.rows.length)} of ${dataSet.rows === undefined ? 'the rows' : plural(dataSet.rows, 'row')}`}, as your rights show them{maskedNote(sample.data)}{dataSet.access.effect === 'allow' && hidden > 0 && `; ${plural(hidden, 'column')} not yours to see`}
          </Text>
        )}
      </Group>
      {sample.isPending && <Stack gap={6} px="md" pb="md" role="status" aria-label="Loading rows">{['1', '2', '3', '4', '5'].map((key) => <Skeleton key={key} h={22} />)}</Stack>}
      {sample.isError && <Refusal product={product} error={sample.error} />}
      {sample.data !== undefined && <Rows product={product.name} dataSet={dataSet} sample={sample.data} />}
    </Card>
  )
}

function maskedNote({ columns }: Sample): string {
  const masked = columns.filter((column) => column.masked === true).length
  return masked === 0 ? '' : `; ${plural(masked, 'column')} masked`
}

function Refusal({ product, error }: { readonly product: Product; readonly error: Error }) {
  const code = error instanceof ApiProblem ? error.diagnostics[0]?.code : undefined
  if (code === 'nothing-published') return <Empty icon={IconTableOff} title="Nothing is published yet">Rows appear with the first run that passes its checks.</Empty>
  if (code !== 'read-denied') return <ProblemAlert error={error} />
  return (
    <Alert color="orange" radius={0} icon={<IconLock aria-hidden />} title={error.message} role="alert">
      <AskForAccess product={product} />
    </Alert>
  )
}

function Rows({ product, dataSet, sample: { columns, rows } }: { readonly product: string; readonly dataSet: DataSet; readonly sample: Sample }) {
  const [asked, ask] = useState<RowKey>()
  const keyOf = rowKeys(dataSet, columns)
  if (rows.length === 0) return <Empty icon={IconTableOff} title="No rows">The published version has none, or none that you may see.</Empty>
  return (
    <>
      <RowTable label={`Rows of ${dataSet.name}`} columns={columns} rows={rows} keyOf={keyOf} onAsk={ask} />
      {asked !== undefined && <RowOrigin row={{ ...asked, product, dataSet: dataSet.name }} onClose={() => ask(undefined)} />}
    </>
  )
}
