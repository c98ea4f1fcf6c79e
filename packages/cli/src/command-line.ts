// The command line: a client of the API. Takes the process's streams, signals and exit code, and gives all else a world.

import { CommanderError } from 'commander'
import { Bug } from '@tulle/kernel'
import { createProgram } from './program.ts'
import { processTerminal } from './terminal.ts'
import type { World } from './types.ts'

/** As shells count a process that Ctrl-C has ended. */
const INTERRUPTED = 130

const interrupt = new AbortController()
const world: World = {
  environment: process.env,
  folder: process.cwd(),
  terminal: processTerminal(process.env),
  signal: interrupt.signal,
  end: (code) => {
    process.exitCode = interrupt.signal.aborted ? INTERRUPTED : code
  },
}

process.once('SIGINT', () => {
  interrupt.abort()
  // The second one means it; so does anything that does not listen.
  process.once('SIGINT', () => process.exit(INTERRUPTED))
  setTimeout(() => process.exit(INTERRUPTED), 2000).unref()
})
// A reader that has seen enough, such as head(1), is no error.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => process.exit(cause.code === 'EPIPE' ? 0 : 1))

try {
  await createProgram(world).parseAsync(process.argv.slice(2), { from: 'user' })
} catch (cause) {
  if (cause instanceof CommanderError) process.exitCode = cause.exitCode === 0 ? 0 : 2
  // Ctrl-C while a question is open is caught by readline, not by the process.
  else if (interrupt.signal.aborted || (cause instanceof Error && cause.name === 'AbortError')) process.exitCode = INTERRUPTED
  else {
    console.error(new Bug('a command broke.', { cause }))
    process.exitCode = 1
  }
}
