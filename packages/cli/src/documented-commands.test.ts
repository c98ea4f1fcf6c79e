// Every command that the pages show to be typed is one, with the flags that it is shown with.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { createProgram } from './program.ts'

const ROOT = join(import.meta.dirname, '../../..')
const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs'), { encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => join('docs', name)), ...readdirSync(join(ROOT, 'docs/connect'), { encoding: 'utf8' }).map((name) => join('docs/connect', name))]

const terminal = { interactive: false, colours: false, columns: 80, out: () => undefined, say: () => undefined, drained: () => undefined, status: () => undefined }
const program = createProgram({ environment: {}, folder: '/', terminal, signal: new AbortController().signal, end: () => undefined })

/** Lines of code that begin with the command, those that go on behind a backslash as one. */
const typed = (text: string): readonly string[] => text.replaceAll(/\\\n\s*/gu, ' ').split('\n')
  .flatMap((line) => /^(?:    |\$ |    \$ )?(?:npx )?tulle ([a-z].*)$/u.exec(line)?.[1] ?? [])

function faultOf(line: string): string | undefined {
  const words = line.replaceAll(/"[^"]*"|'[^']*'/gu, 'TEXT').replace(/\s#.*$/u, '').split(/\s+/u)
  let command: Command = program
  while (words[0] !== undefined) {
    const next = command.commands.find((one) => one.name() === words[0])
    if (next === undefined) break
    command = next
    words.shift()
  }
  if (command === program) return `there is no command "${words[0] ?? ''}"`
  if (command.commands.length > 0 && command.registeredArguments.length === 0 && /^[a-z][a-z-]*$/u.test(words[0] ?? '')) return `"${command.name()}" has no command "${words[0] ?? ''}"`
  const line1 = [command, ...parentsOf(command)]
  const known = line1.flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short]))
  const unknown = words.find((word) => /^--?[a-z]/u.test(word) && !known.includes(word.replace(/=.*$/u, '')))
  return unknown === undefined ? undefined : `"${command.name()}" has no ${unknown}`
}

const parentsOf = ({ parent }: Command): readonly Command[] => (parent === null ? [] : [parent, ...parentsOf(parent)])

it('every command in the pages exists, with its flags', () => {
  const lines = PAGES.flatMap((page) => typed(readFileSync(join(ROOT, page), 'utf8')).map((line) => ({ page, line })))
  expect(lines.length).toBeGreaterThan(100)
  expect(lines.flatMap(({ page, line }) => ((fault) => (fault === undefined ? [] : [`${page}: ${line}: ${fault}`]))(faultOf(line)))).toEqual([])
})

it.each([
  ['graant ana flights', 'there is no command "graant"'],
  ['runs lst', '"runs" has no command "lst"'],
  ["sql --as ana 'select --nothing'", undefined],
  ['run flights --wiat', '"run" has no --wiat'],
])('would be told of: %s', (line, fault) => {
  expect(faultOf(line)).toBe(fault)
})
