// What can be wrong with a dbt project.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'dbt-template': {
    severity: 'error',
    message: ({ detail }: { readonly detail: string }) => `The template is wrong: ${detail}`,
  },
  'dbt-template-limit': {
    severity: 'error',
    message: ({ limit, most }: { readonly limit: string; readonly most: number }) => `The template passes a limit: at most ${most} ${limit} are allowed.`,
    help: () => 'Make the loop or the macro end sooner, or write the result out.',
  },
})
