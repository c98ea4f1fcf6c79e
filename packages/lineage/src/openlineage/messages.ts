// What can be wrong with events of others. Codes are permanent.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'openlineage-invalid': {
    severity: 'error',
    message: (p: { at: string; problem: string }) => `The event is not one of OpenLineage: ${p.at === '' ? 'it' : p.at} ${p.problem}.`,
    help: () => 'Events are those of https://openlineage.io/spec/2-0-2/OpenLineage.json.',
  },
  'openlineage-too-large': {
    severity: 'error',
    message: (p: { what: string; most: number }) => `The event has more ${p.what} than are taken: ${p.most}.`,
    help: () => 'Tell of fewer data sets in one job, or of fewer columns.',
  },
})
