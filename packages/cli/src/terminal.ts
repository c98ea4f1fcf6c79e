// The terminal as it is: results to stdout, everything else to stderr, colours and live lines only where a person looks.

import { styleText } from 'node:util'
import type { Terminal } from './types.ts'

type Style = Parameters<typeof styleText>[0]

/** A terminal over the process's own streams. */
export function processTerminal(environment: NodeJS.ProcessEnv): Terminal {
  const live = process.stderr.isTTY === true && environment['TERM'] !== 'dumb'
  let shown = false
  const clear = (): void => {
    if (shown) process.stderr.write('\r\u001b[2K')
    shown = false
  }
  return {
    interactive: process.stdout.isTTY === true && process.stdin.isTTY === true,
    colours: process.stdout.isTTY === true && environment['NO_COLOR'] === undefined && environment['TERM'] !== 'dumb',
    columns: process.stdout.columns || 80,
    out: (text) => {
      clear()
      process.stdout.write(`${text}\n`)
    },
    say: (text) => {
      clear()
      process.stderr.write(`${text}\n`)
    },
    drained: () => (process.stdout.writableNeedDrain ? new Promise((resolve) => process.stdout.once('drain', resolve)) : undefined),
    status: (text) => {
      if (!live) return
      clear()
      if (text === '') return
      process.stderr.write(text.slice(0, (process.stderr.columns || 80) - 1))
      shown = true
    },
  }
}

/** The text in a style, where the terminal shows colours. */
export const styled = (terminal: Terminal, style: Style, text: string): string =>
  terminal.colours ? styleText(style, text, { validateStream: false }) : text

/** Text of a server or a file made harmless: it may not move the cursor or turn the reading direction. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
