// Everything that reading others' formats can have to say.

import { defineDiagnostics, didYouMean } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'unknown-contract-format': {
    severity: 'error',
    message: (p: { format: string; known: readonly string[] }) => `"${p.format.slice(0, 100)}" is no format that contracts are ${'read or written'} in here.${didYouMean(p.format, p.known)}`,
    help: (p: { format: string; known: readonly string[] }) => `Write one of: ${p.known.join(', ')}.`,
  },
  'not-this-format': { severity: 'error', message: (p: { format: string; why: string }) => `This is no ${p.format}: ${p.why}.`, help: () => 'Name the format that the file has.' },
  'reference-refused': { severity: 'error', message: (p: { reference: string }) => `The reference ${JSON.stringify(p.reference.slice(0, 200))} leads out of the document; none is followed.`, help: () => 'Copy what it leads to into the document ($defs) and refer to it by #/…' },
  'reference-dangling': { severity: 'error', message: (p: { reference: string }) => `The reference ${JSON.stringify(p.reference.slice(0, 200))} leads nowhere.`, help: () => 'Correct it, or add what it means.' },
  'definition-circle': { severity: 'error', message: (p: { reference: string }) => `The definition ${JSON.stringify(p.reference.slice(0, 200))} contains itself; a column cannot.`, help: () => 'Keep the inner part as text, or as a data set of its own.' },
  'definition-too-large': { severity: 'error', message: (p: { most: number }) => `With its references replaced, the document has more than ${p.most} columns.`, help: () => 'Split it into several data sets.' },
})
