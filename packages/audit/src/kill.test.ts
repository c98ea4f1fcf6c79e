// kill -9 at any moment: what was acknowledged is there, and the chain goes on whole.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { listEntries } from './list-entries.ts'
import { verifyChain } from './verify-chain.ts'

/** Starts a writer on what the last one left, kills it, and tells what it acknowledged. */
async function killOne(folder: string, milliseconds: number, mode: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/kill-child.ts'), folder, mode], { stdio: ['pipe', 'pipe', 'inherit'] })
  let said = ''
  const ended = once(child.stdout, 'close')
  await new Promise<void>((ready, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('ready\n')) ready()
    })
    child.once('exit', (code) => reject(new Error(`the writer ended with ${code}`)))
  })
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  child.kill('SIGKILL')
  await ended
  // The last line of a killed program may be cut short: it was not said.
  return said.slice(said.indexOf('ready\n') + 6, said.lastIndexOf('\n') + 1).split('\n').filter((id) => id !== '')
}

async function cycles(count: number, mode = ''): Promise<{ readonly acknowledged: readonly string[]; readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'tulle-audit-kill-'))
  const acknowledged: string[] = []
  for (let cycle = 0; cycle < count; cycle += 1) acknowledged.push(...await killOne(folder, 30 + Math.random() * 120, mode))
  return { acknowledged, folder }
}

it('a writer that is killed loses nothing that it acknowledged', { timeout: 120_000 }, async () => {
  const { acknowledged, folder } = await cycles(6)
  const there = new Set<string>()
  for (let before: number | undefined = Infinity; before !== undefined;) {
    const page: Awaited<ReturnType<typeof listEntries>> = await listEntries(folder, { kind: 'line', limit: 5000, before })
    for (const { body } of page.entries) there.add((body as { subject: string }).subject)
    before = page.next
  }
  const verified = await verifyChain(folder, undefined)
  rmSync(folder, { recursive: true })
  expect(acknowledged.length).toBeGreaterThan(100)
  expect(acknowledged.filter((id) => !there.has(id))).toEqual([])
  expect(verified).toMatchObject({ whole: true, chains: 1 })
})

it('one that acknowledges before it writes is caught losing (the control)', { timeout: 60_000 }, async () => {
  const { acknowledged, folder } = await cycles(3, 'careless')
  const text = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')).join('')
  rmSync(folder, { recursive: true })
  const there = new Set([...text.matchAll(/"subject":"([^"]*)"/g)].map(([, id]) => id))
  expect(acknowledged.filter((id) => !there.has(id)).length).toBeGreaterThan(0)
})
