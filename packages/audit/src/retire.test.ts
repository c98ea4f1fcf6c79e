// Old entries go, and the chain still proves itself: what went stands in it, whoever changes files alone cannot make it look so, and a
// death at any moment leaves nothing that an alteration would look like.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import { fakeClock } from '@tulle/kernel/testing'
import { printEntry, nextEntry, readEntry } from './entry.ts'
import { listEntries } from './list-entries.ts'
import { memoryAnchors, memoryKeys } from './memory-keeping.ts'
import { openAudit } from './open-audit.ts'
import { fileAnchors } from './testing/retire-child.ts'
import type { CutBody } from './types.ts'
import { verifyChain } from './verify-chain.ts'

const folders: string[] = []
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })))
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tulle-retire-'))
  folders.push(folder)
  return folder
}
const DAY = 86_400_000
const START = Date.parse('2026-01-01T00:00:00.000Z')
const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join(' '))
  return result.value
}

/** A chain of one line a day, some days to a file. */
async function rig({ days, archive }: { readonly days: number; readonly archive?: string }) {
  const folder = newFolder()
  const clock = fakeClock(START)
  const anchors = memoryAnchors()
  const keys = memoryKeys()
  const audit = valueOf(await openAudit({ folder, place: 'here', clock, anchors, keys, limits: { segmentBytes: 2000, anchorMilliseconds: 400 * DAY }, ...(archive !== undefined && { archive }) }))
  const record = async (count: number): Promise<void> => {
    for (let day = 0; day < count; day += 1) {
      await clock.advance(DAY)
      valueOf(await audit.record({ time: new Date(clock.now()).toISOString(), port: 'sql', subject: 'ana', purpose: null, decision: 'allow', reads: [], rows: 1, milliseconds: 1, outcome: 'ok', reasons: [], values: ['a value'] }))
      await audit.anchor()
    }
  }
  await record(days)
  const retire = async (keepDays: number, dryRun = false) => valueOf(await audit.retire({ before: clock.now() - keepDays * DAY, rule: 'keep-audit', dryRun }))
  const against = async () => ({ anchors: anchors.anchors, whole: true, cuts: anchors.cutsMade, places: await anchors.places(), place: 'here' })
  return { folder, anchors, keys, audit, record, retire, against, verify: async () => verifyChain(folder, await against()), files: () => readdirSync(folder).filter((file) => file.endsWith('.jsonl')).toSorted() }
}

describe('old entries', () => {
  it('go by whole files, as the dry run said, and the chain says what went', async () => {
    const it = await rig({ days: 40 })
    const before = it.files()
    const foreseen = await it.retire(10, true)
    expect(it.files()).toEqual(before)
    const gone = await it.retire(10)
    expect(gone).toEqual(foreseen)
    expect(gone.length).toBeGreaterThan(3)
    expect(it.files()).toEqual(before.slice(gone.length))
    for (const { to } of gone) expect(Date.parse(to)).toBeLessThan(START + 30 * DAY)
    const [cut] = (await listEntries(it.folder, { kind: 'cut', limit: 5 })).entries
    const last = gone.at(-1)?.last
    expect(cut?.body).toMatchObject({ through: last, first: { time: '2026-01-01T00:00:00.000Z' }, rule: 'keep-audit', segments: gone.map(({ file, first, last: end }) => ({ file, first, last: end })) })
    await it.audit.anchor()
    const verified = await it.verify()
    expect(verified).toMatchObject({ whole: true, removed: last, diagnostics: [{ code: 'audit-cut', message: expect.stringContaining(`Entries 1 to ${last}, of 2026-01-01T00:00:00.000Z to`) as string }] })
    await it.audit.close()
  })

  it('go again later, and the first of all is told for ever', async () => {
    const it = await rig({ days: 20 })
    await it.retire(5)
    const firstCut = (await listEntries(it.folder, { kind: 'cut', limit: 1 })).entries[0]?.body as unknown as CutBody
    await it.record(30)
    await it.retire(3)
    await it.audit.close()
    const second = (await listEntries(it.folder, { kind: 'cut', limit: 1 })).entries[0]?.body as unknown as CutBody
    expect([second.first, second.before]).toEqual([firstCut.first, firstCut.throughHash])
    expect(await it.verify()).toMatchObject({ whole: true, removed: second.through })
  })

  it('take their keys and anchors along', async () => {
    const it = await rig({ days: 40 })
    const anchors = it.anchors.anchors.length
    const gone = await it.retire(10)
    const through = gone.at(-1)?.last ?? 0
    expect([...it.keys.keys.values()].every(({ seq }) => seq > through)).toBe(true)
    expect(it.anchors.anchors.length).toBeLessThan(anchors - 10)
    await it.audit.close()
    expect(await it.verify()).toMatchObject({ whole: true })
  })

  it('are copied first where there is an archive, which proves itself', async () => {
    const archive = newFolder()
    const it = await rig({ days: 30, archive })
    const gone = await it.retire(10)
    const [chain = ''] = readdirSync(archive)
    expect(readdirSync(join(archive, chain)).toSorted()).toEqual(gone.map(({ file }) => file))
    expect(await verifyChain(join(archive, chain), undefined)).toMatchObject({ whole: true, entries: gone.at(-1)?.last })
    await it.audit.close()
  })

  it('stay where the archive cannot be written', async () => {
    const it = await rig({ days: 30, archive: '/nowhere/at/all' })
    const before = it.files()
    expect(await it.audit.retire({ before: START + 20 * DAY, rule: 'keep-audit' })).toMatchObject({ ok: false, diagnostics: [{ code: 'audit-archive' }] })
    expect(it.files().slice(0, before.length)).toEqual(before)
    await it.audit.close()
  })

  it('stay where one was altered: that is for whoever looks into it', async () => {
    const it = await rig({ days: 30 })
    const file = join(it.folder, it.files()[1] ?? '')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"ana"', '"bo"'))
    const done = await it.audit.retire({ before: START + 25 * DAY, rule: 'keep-audit' })
    expect(done).toMatchObject({ ok: true, diagnostics: [{ code: 'audit-not-cut' }] })
    expect(it.files()).toContain(file.split('/').at(-1))
    await it.audit.close()
    expect(await it.verify()).toMatchObject({ whole: false })
  })
})

describe('somebody who can change files alone', () => {
  it('cannot remove entries without it being seen', async () => {
    const it = await rig({ days: 30 })
    await it.audit.close()
    unlinkSync(join(it.folder, it.files()[0] ?? ''))
    expect(await it.verify()).toMatchObject({ whole: false, diagnostics: [{ code: 'audit-altered', message: expect.stringContaining('are gone') as string }] })
  })

  it('cannot remove one file more than a cut says', async () => {
    const it = await rig({ days: 30 })
    await it.retire(15)
    await it.audit.close()
    expect(await it.verify()).toMatchObject({ whole: true })
    unlinkSync(join(it.folder, it.files()[0] ?? ''))
    expect(await it.verify()).toMatchObject({ whole: false })
  })

  it('cannot write a cut of their own, though every hash of it is right', async () => {
    const it = await rig({ days: 30 })
    await it.audit.close()
    const files = it.files()
    const newest = join(it.folder, files.at(-1) ?? '')
    const lastOf = (path: string) => valueOf(readEntry(Buffer.from(readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? '')))
    const gone = lastOf(join(it.folder, files[2] ?? ''))
    const head = lastOf(newest)
    const body: CutBody = { through: gone.seq, throughHash: gone.hash, first: { hash: gone.hash, time: gone.time }, lastTime: gone.time, before: '0'.repeat(64), segments: [], rule: 'keep-audit' }
    writeFileSync(newest, `${readFileSync(newest, 'utf8')}${printEntry(nextEntry(head, { kind: 'cut', time: gone.time, body: { ...body, first: { ...body.first }, segments: [] } }))}`)
    for (const file of files.slice(0, 3)) unlinkSync(join(it.folder, file))
    expect(await it.verify()).toMatchObject({ whole: false })
    // The control: to a reader who compares with nothing outside, the same files look right.
    expect(await verifyChain(it.folder, undefined)).toMatchObject({ whole: true, removed: gone.seq })
  })
})

/** Starts a process that retires all the time, ends it, and tells how many files it said were gone. */
async function killOne(folder: string, mode: string, after?: { readonly cuts: number; readonly milliseconds: number }): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/retire-child.ts'), folder, mode], { stdio: ['pipe', 'pipe', 'inherit'] })
  let said = ''
  const ended = once(child, 'close')
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  if (after !== undefined) {
    while (said.split('\n').length < after.cuts + 2 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1))
    await new Promise((resolve) => setTimeout(resolve, after.milliseconds))
    child.kill('SIGKILL')
  }
  expect((await ended)[1]).toBe('SIGKILL')
  return said.split('\n').slice(1).reduce((sum, line) => sum + Number(line), 0)
}
const verifyOf = async (folder: string) => {
  const anchors = fileAnchors(`${folder}.anchors`)
  return verifyChain(folder, { anchors: await anchors.list(), whole: true, cuts: await anchors.cuts(), places: await anchors.places(), place: 'here' })
}

describe('a process that is killed while it removes', () => {
  it.each(['saying', 'said'])('leaves a chain that proves itself, just when it is %s so, and the next one goes on', { timeout: 60_000 }, async (mode) => {
    const folder = newFolder()
    folders.push(`${folder}.anchors`)
    await killOne(folder, mode)
    expect(await verifyOf(folder)).toMatchObject({ whole: true })
    expect(await killOne(folder, '', { cuts: 1, milliseconds: 0 })).toBeGreaterThan(0)
    expect(await verifyOf(folder)).toMatchObject({ whole: true })
  })

  it('leaves one at any other moment as well', { timeout: 60_000 }, async () => {
    const folder = newFolder()
    folders.push(`${folder}.anchors`)
    let gone = 0
    for (let cycle = 0; cycle < 5; cycle += 1) {
      gone += await killOne(folder, '', { cuts: 1 + cycle, milliseconds: Math.random() * 10 })
      expect(await verifyOf(folder)).toMatchObject({ whole: true })
    }
    expect(gone).toBeGreaterThan(5)
  })

  it('control: one that removes before it says so is caught', { timeout: 60_000 }, async () => {
    const folder = newFolder()
    folders.push(`${folder}.anchors`)
    await killOne(folder, 'hasty')
    expect(await verifyOf(folder)).toMatchObject({ whole: false })
  })
})
