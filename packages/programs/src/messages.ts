// What can go wrong with a program.

import { defineDiagnostics } from '@tulle/kernel'

interface Named { readonly dataSet: string }

export const messages = defineDiagnostics({
  'program-failed': {
    severity: 'error',
    message: ({ dataSet, what }: Named & { readonly what: string }) => `The program of ${dataSet} failed: ${what.replace(/\.$/u, '')}.`,
  },
  'program-ended': {
    severity: 'error',
    message: ({ dataSet, how }: Named & { readonly how: string }) => `The program of ${dataSet} ended without a result: ${how}.`,
    help: () => 'Go through the inputs batch by batch and give rows as they come, or give the product more memory.',
  },
  'program-late': {
    severity: 'error',
    message: ({ dataSet, seconds }: Named & { readonly seconds: number }) => `The program of ${dataSet} ran longer than ${seconds} s.`,
  },
  'program-too-much': {
    severity: 'error',
    message: ({ dataSet, most }: Named & { readonly most: number }) => `The program of ${dataSet} gives more than ${most} megabytes.`,
  },
  'program-off': {
    severity: 'error',
    message: ({ dataSet }: Named) => `The operator lets no programs run, and ${dataSet} is made by one.`,
    help: () => 'TULLE_PROGRAMS says it: confined, fenced or off.',
  },
  'program-unconfined': {
    severity: 'error',
    message: ({ dataSet, reason }: Named & { readonly reason: string }) => `The program of ${dataSet} does not run: it cannot be kept from the network here, since ${reason}.`,
    help: () => 'Run Tulle where Linux lets a process give up its network, or set TULLE_PROGRAMS=fenced to rely on Node.js alone.',
  },
})
