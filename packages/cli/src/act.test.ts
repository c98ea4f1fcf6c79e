// What is written behind a command holds, whatever the command above it would do unless told.

import { Command } from 'commander'
import { expect, it } from 'vitest'
import { ok } from '@tulle/kernel'
import { act, withServer } from './act.ts'
import type { World } from './types.ts'

async function printed(line: readonly string[]): Promise<string> {
  const out: string[] = []
  const terminal: World['terminal'] = { interactive: false, colours: false, columns: 80, out: (text) => out.push(text), say: () => undefined, drained: () => undefined, status: () => undefined }
  const world: World = { environment: {}, folder: '/', terminal, signal: new AbortController().signal, end: () => undefined }
  const program = new Command().enablePositionalOptions()
  const family = withServer(program.command('erase')).action(act(world, async () => ok({ json: 'erased', text: () => 'erased' })))
  withServer(family.command('list')).action(act(world, async ({ as }: { readonly as?: string }) => ok({ json: { as }, text: () => `as ${as ?? 'nobody'}` })))
  await program.parseAsync([...line], { from: 'user' })
  return out.join('\n').replaceAll(/\s+/gu, '')
}

it.each([
  [['erase', 'list', '-o', 'json', '--as', 'ada'], '{"as":"ada"}'],
  [['erase', '-o', 'json', '--as', 'ada', 'list'], '{"as":"ada"}'],
  [['erase', '-o', 'json', 'list', '-o', 'text', '--as', 'bo'], 'asbo'],
  [['erase', '--as', 'ada', 'list', '--as', 'bo'], 'asbo'],
  [['erase', 'list'], 'asnobody'],
  [['erase', '-o', 'json'], '"erased"'],
])('%j prints %s', async (line, wanted) => {
  expect(await printed(line)).toBe(wanted)
})
