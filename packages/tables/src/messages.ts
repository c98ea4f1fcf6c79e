// What can go wrong between a table and the engine that reads or writes its rows.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'equality-column-unknown': {
    severity: 'error',
    message: (p: { table: string; file: string; fieldId: number }) => `${p.file} deletes rows of ${p.table} by the column ${p.fieldId}, which no schema of the table has at its top.`,
    help: () => 'Compact the table with the tool that wrote it, or choose an older snapshot.',
  },
  'transform-unknown': {
    severity: 'error',
    message: (p: { table: string; transform: string }) => `${p.table} is partitioned by "${p.transform.slice(0, 100)}", which cannot be computed here.`,
    help: () => 'Write it with the tool that partitioned it, or give the table another partition spec.',
  },
})
