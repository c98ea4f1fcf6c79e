// Questions to the person at the terminal. Without one, every question is a diagnostic that says what to write instead.

import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'
import type { World } from './types.ts'

/** Asks for a line; the empty answer stands for `usual`. */
export async function askText(world: World, question: string, options: { readonly instead: string; readonly usual?: string }): Promise<Result<string>> {
  if (!world.terminal.interactive) return fail(messages['no-terminal']({ what: `"${question}" needs an answer`, instead: options.instead }))
  const answer = (await readLine(world, `${question}${options.usual === undefined || options.usual === '' ? '' : ` (${options.usual})`}: `, false)).trim()
  return ok(answer === '' ? (options.usual ?? '') : answer)
}

/** Asks for a secret; what is typed is not shown. */
export async function askSecret(world: World, question: string, instead: string): Promise<Result<string>> {
  if (!world.terminal.interactive) return fail(messages['no-terminal']({ what: `"${question}" needs an answer`, instead }))
  const answer = await readLine(world, `${question}: `, true)
  process.stderr.write('\n')
  return ok(answer)
}

/** Asks yes or no, where no is the usual answer; `consented` is --yes. */
export async function askConsent(world: World, question: string, consented: boolean): Promise<Result<void>> {
  if (consented) return ok(undefined)
  const asked = await askText(world, `${question} [y/N]`, { instead: 'Say --yes to go ahead without being asked.' })
  if (!asked.ok) return asked
  return /^y(es)?$/i.test(asked.value) ? ok(undefined) : fail(messages['needs-consent']({ what: question.replace(/\?$/, '') }))
}

/** Reads a secret that another program pipes in: everything but the last line break. */
export async function readSecretFromInput(): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of process.stdin) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8').replace(/\r?\n$/, '')
}

async function readLine(world: World, prompt: string, hidden: boolean): Promise<string> {
  // Readline clears the line that it draws a prompt on, so it draws its own; a hidden answer is drawn by nobody.
  if (hidden) process.stderr.write(prompt)
  const output = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr
  const line = createInterface({ input: process.stdin, output, terminal: true })
  try {
    return await line.question(hidden ? '' : prompt, { signal: world.signal })
  } finally {
    line.close()
  }
}
