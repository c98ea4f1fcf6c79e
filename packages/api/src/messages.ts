// What this room has to say. Plain functions in place of the kernel's catalogue maker: this package runs in browsers,
// and of the kernel it may take types only.

import type { Diagnostic } from '@tulle/kernel'

const error = (code: string, message: string, help: string): Diagnostic => ({ code, severity: 'error', message, help })

export const messages = {
  'bad-request': (p: { where: string; what: string }) =>
    error('bad-request', `${p.where}: ${p.what}.`, 'The reference page at /docs shows what each endpoint takes.'),
  'server-unreachable': (p: { url: string; why: string }) =>
    error('server-unreachable', `Nothing answers at ${p.url} (${p.why}).`, 'Start it with "npm start", or set TULLE_URL to where it is.'),
  'not-a-tulle-server': (p: { url: string; status: number }) =>
    error('not-a-tulle-server', `${p.url} answered ${p.status} with something that is not Tulle's.`, 'Another program may have taken the port: compare with what "npm start" printed.'),
  'stream-broken': (p: { url: string }) =>
    error('stream-broken', `The stream of ${p.url} ended in the middle of an event.`, 'Ask again; the server may have been stopped.'),
} as const
