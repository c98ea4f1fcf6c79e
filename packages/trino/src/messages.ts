// What can be wrong with a question of Trino's. Codes are permanent.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'trino-question-invalid': { severity: 'error', message: (p: { problem: string }) => `This is no question of Trino's: ${p.problem}.`, help: () => 'The body is {"input": {"context": …, "action": …}}, as Trino\'s plugin for OPA sends it.' },
})
