// Why there is no statement of Flink. Codes are never renamed or reused.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'flink-refused': {
    severity: 'error',
    message: (p: { dataSet: string; clause: string; remedy: string }) => `${p.dataSet} has no sure equivalent in Flink, because of ${p.clause}.`,
    help: (p: { dataSet: string; clause: string; remedy: string }) => `${p.remedy.charAt(0).toUpperCase()}${p.remedy.slice(1)}.`,
  },
})
