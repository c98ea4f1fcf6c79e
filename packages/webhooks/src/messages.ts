// What can be wrong with a webhook.

import { defineDiagnostics, didYouMean } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'unknown-webhook': {
    severity: 'error',
    message: (p: { id: string }) => `There is no webhook "${p.id}".`,
    help: () => 'npx tulle webhooks list shows yours.',
  },
  'webhook-address': {
    severity: 'error',
    message: (p: { why: string }) => `Nothing can be sent to this address: ${p.why}.`,
    help: () => 'Give an https address that is reachable from outside. An operator lists inner hosts in TULLE_WEBHOOK_HOSTS.',
  },
  'webhook-kind': {
    severity: 'error',
    message: (p: { kind: string; known: readonly string[] }) => `There is no kind of event "${p.kind}".${didYouMean(p.kind, p.known)}`,
    help: (p: { known: readonly string[] }) => `The kinds are ${p.known.join(', ')}.`,
  },
  'webhook-column': {
    severity: 'error',
    message: (p: { column: string; known: readonly string[] }) => `There is no column "${p.column}" that you may read.${didYouMean(p.column, p.known)}`,
  },
  'webhook-data-set': {
    severity: 'error',
    message: (p: { product: string; dataSet: string; known: readonly string[] }) => `There is no data set "${p.product}.${p.dataSet}" that you may read.${didYouMean(p.dataSet, p.known)}`,
    help: (p: { product: string }) => `Ask for access to ${p.product}, or name another data set.`,
  },
  'webhook-batch': {
    severity: 'error',
    message: (p: { what: string; most: number }) => `A batch has from ${p.what}, and ${p.most} at most.`,
  },
  'webhook-too-many': {
    severity: 'error',
    message: (p: { most: number }) => `You have ${p.most} webhooks, and nobody may have more.`,
    help: () => 'Delete one that is no longer wanted.',
  },
  'webhook-place': {
    severity: 'error',
    message: (p: { from: string }) => `"${p.from}" is no place to begin at.`,
    help: () => 'Say start, now, a time such as 2026-03-01T00:00:00Z, or a position that history shows.',
  },
  'webhook-rows-of-what': {
    severity: 'error',
    message: () => 'Changes of rows are those of one data set.',
    help: () => 'Name it, as in flights.flights.',
  },
  'webhook-tests': {
    severity: 'error',
    message: () => 'This webhook was tested ten times within a minute.',
    help: () => 'Try again in a minute.',
  },
  'webhook-state': {
    severity: 'error',
    message: (p: { id: string; state: string }) => `Webhook "${p.id}" is ${p.state} already.`,
  },
})
