// What looking after tables can have to say of itself; what stands in the way of a table is said by the lake.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'maintenance-busy': {
    severity: 'warning',
    message: (p: { table: string }) => `${p.table} was left as it is: a backup or another maintenance is at work.`,
    help: () => 'Ask again when that is done.',
  },
})
