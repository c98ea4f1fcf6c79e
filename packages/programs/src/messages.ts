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
  'program-call-large': {
    severity: 'error',
    message: ({ dataSet, what, most }: Named & { readonly what: string; readonly most: number }) => `${what} for ${dataSet} is more than ${most} megabytes.`,
    help: () => 'Raise most_megabytes in the file of the model, or send less.',
  },
  'program-call-type': {
    severity: 'error',
    message: ({ dataSet, given, want }: Named & { readonly given: string; readonly want: string }) => `What makes ${dataSet} answers ${given === '' ? 'without saying what' : given.replaceAll(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 100)}; wanted is ${want}.`,
  },
  'program-call-broken': {
    severity: 'error',
    message: ({ dataSet }: Named) => `The answer of what makes ${dataSet} broke off.`,
    help: () => 'Run it again: the same run asks under the same key.',
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
