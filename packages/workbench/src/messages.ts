// What can stand between a person and shared work.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'work-exists': {
    severity: 'error',
    message: (p: { kind: string; name: string }) => `There is already a ${p.kind} "${p.name}" of this product.`,
    help: () => 'Choose another name, or change that one: say its version.',
  },
  'work-changed': {
    severity: 'error',
    message: (p: { kind: string; name: string; by: string; version: number }) => `${p.by} has changed the ${p.kind} "${p.name}" meanwhile: it is at version ${p.version}.`,
    help: () => 'Look at it again, then say what should stand there.',
  },
  'work-full': {
    severity: 'error',
    message: (p: { kind: string; most: number }) => `A product has at most ${p.most} pieces of the kind ${p.kind}.`,
    help: () => 'Delete some that nobody needs.',
  },
  'unknown-thread': { severity: 'error', message: (p: { thread: string }) => `There is no thread "${p.thread}" about this product.` },
  'unknown-entry-said': { severity: 'error', message: (p: { entry: string }) => `Nothing that stands here is called "${p.entry}".` },
  'said-much': { severity: 'error', message: (p: { most: number }) => `You have said ${p.most} things within an hour.`, help: () => 'Say the next one later.' },
  'unknown-work': {
    severity: 'error',
    message: (p: { kind: string; name: string; hint: string }) => `There is no ${p.kind} "${p.name}" of this product.${p.hint}`,
  },
})
