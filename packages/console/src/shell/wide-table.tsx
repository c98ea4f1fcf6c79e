import { Table } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  readonly label: string
  readonly minWidth: number
  /** Cells stay on one line, as data does. */
  readonly data?: boolean
  readonly children: ReactNode
}

/** A table that scrolls sideways within its place, by keyboard too. */
export function WideTable({ label, minWidth, data = false, children }: Props) {
  return (
    <div className="wide" role="group" aria-label={label} tabIndex={0}>
      <Table verticalSpacing={data ? 6 : 'xs'} horizontalSpacing="md" miw={minWidth} className={data ? 'numbers rows' : 'numbers'}>{children}</Table>
    </div>
  )
}
