// One row that was set aside, column by column. Only what was changed is sent; an empty field is no value.

import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { valueOrThrow } from '@tulle/api'
import { useState } from 'react'
import { client, queries } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'
import type { SetAsideRow } from './row-states.ts'
import { printValue } from './value.ts'

interface Props {
  readonly product: string
  readonly dataSet: string
  readonly columns: readonly string[]
  readonly row: SetAsideRow
  readonly onClose: () => void
}

export function CorrectRow({ product, dataSet, columns, row, onClose }: Props) {
  const cache = useQueryClient()
  const [changed, setChanged] = useState<Readonly<Record<string, string>>>({})
  const [note, setNote] = useState('')
  const correct = useMutation({
    mutationFn: () => valueOrThrow(client.decideQuarantinedRows({
      product, dataSet, rows: [row.row],
      decision: { kind: 'repair', corrected: [{ ...Object.fromEntries(Object.entries(changed).map(([column, value]) => [column, value === '' ? null : value])), row: row.row }], ...(note !== '' && { note }) },
    })),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: queries.quarantine(product).queryKey })
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title="Correct a row" size="lg" centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={(event) => { event.preventDefault(); correct.mutate() }}>
        <Stack>
          <Text size="sm">It breaks {row.rules.join(', ')}. The row as it came stays on record; the corrected one passes every check before it is published.</Text>
          {columns.map((column, position) => {
            const before = printValue(row.values[position])
            return <TextInput key={column} label={column} classNames={{ label: 'address' }} placeholder="null" value={changed[column] ?? before ?? ''} onChange={(event) => setChanged(withChange(changed, column, event.currentTarget.value, before ?? ''))} />
          })}
          <TextInput label="Why" description="Kept with your name." maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
          {correct.isError && <ProblemAlert error={correct.error} />}
          <Group justify="end">
            <Button variant="default" onClick={onClose}>Leave it</Button>
            <Button type="submit" disabled={Object.keys(changed).length === 0} loading={correct.isPending}>Correct it</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** A column whose value is again what it was is not changed. */
function withChange(changed: Readonly<Record<string, string>>, column: string, value: string, before: string): Readonly<Record<string, string>> {
  const { [column]: _old, ...others } = changed
  return value === before ? others : { ...others, [column]: value }
}
