// What can go wrong between a log of changes and who reads it.

import { defineDiagnostics } from '@tulle/kernel'

const ANEW = 'Begin anew: drop what was kept, and read from "start".'

export const messages = defineDiagnostics({
  'stream-unknown': {
    severity: 'error',
    message: (p: { address: string }) => `Nothing of ${p.address} has been streamed yet.`,
    help: () => 'Its product needs an output port of the type stream-output-port, and a version that is published with it.',
  },
  'position-unknown': {
    severity: 'error',
    message: (p: { address: string }) => `This is no position in the stream of ${p.address}.`,
    help: () => `Give a position that this stream gave, unaltered. ${ANEW}`,
  },
  'position-ahead': {
    severity: 'error',
    message: (p: { address: string }) => `This position lies behind the end of the stream of ${p.address}.`,
    help: () => `Give a position that was read. ${ANEW}`,
  },
  'position-too-old': {
    severity: 'error',
    message: (p: { address: string }) => `This position is older than what is kept of the stream of ${p.address}.`,
    help: () => ANEW,
  },
  'position-backward': {
    severity: 'error',
    message: (p: { consumer: string }) => `"${p.consumer}" is farther than this position already.`,
    help: () => 'To go back on purpose, say replay.',
  },
  'bad-stream-time': {
    severity: 'error',
    message: (p: { text: string }) => `"${p.text}" is no time.`,
    help: () => 'Write it as in 2026-03-01T12:00:00Z.',
  },
  'bad-consumer-name': {
    severity: 'error',
    message: (p: { consumer: string }) => `"${p.consumer.slice(0, 80)}" is no name of a consumer.`,
    help: () => 'Use up to 63 small letters, digits, dots, dashes and underscores.',
  },
  'too-many-positions': {
    severity: 'error',
    message: (p: { most: number }) => `Nobody keeps more than ${p.most} positions.`,
    help: () => 'Forget those of consumers that are gone.',
  },
  'changes-not-compared': {
    severity: 'error',
    message: (p: { address: string; from: string; to: string; reason: string }) => `What changed in ${p.address} from snapshot ${p.from} to ${p.to} cannot be told: ${p.reason}`,
    help: () => 'Consumers are told to begin anew.',
  },
})
