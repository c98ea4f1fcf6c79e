// Rows of another data set, each of which can be asked about in turn, where it is known what names it.

import { useQuery } from '@tanstack/react-query'
import type { Provenance } from '@tulle/api'
import { queries } from '../api.ts'
import type { RowAt } from './row-at.ts'
import { rowKeys } from './row-key.ts'
import { RowTable } from './row-table.tsx'

interface Named extends Pick<Provenance, 'columns' | 'rows'> {
  readonly product: string
  readonly name: string
  readonly snapshot: string | undefined
}

export function RowsThatLeadOn({ from: { product, name, snapshot, columns, rows }, onAsk }: { readonly from: Named; readonly onAsk: (row: RowAt) => void }) {
  const { data } = useQuery(queries.product(product))
  const dataSet = data?.dataSets.find((one) => one.name === name)
  const keyOf = dataSet === undefined ? undefined : rowKeys(dataSet, columns)
  return <RowTable label={`Rows of ${product}.${name}`} columns={columns} rows={rows} keyOf={keyOf} onAsk={(key) => onAsk({ ...key, product, dataSet: name, snapshot })} />
}
