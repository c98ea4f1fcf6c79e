import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import { fakeClock } from '@tulle/kernel/testing'
import { listEntries } from './list-entries.ts'
import type { MemoryAnchors } from './memory-keeping.ts'
import { memoryAnchors, memoryKeys } from './memory-keeping.ts'
import type { AuditLimits, OpenAudit } from './open-audit.ts'
import { openAudit } from './open-audit.ts'
import { openValues, placeOf } from './seal-values.ts'
import type { Anchor, AuditLine } from './types.ts'
import type { AnchorSet, Verification } from './verify-chain.ts'
import { verifyChain } from './verify-chain.ts'

const folders: string[] = []
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })))

const lineOf = (subject: string, more: Partial<AuditLine> = {}): AuditLine => ({
  time: '2026-01-01T00:00:00.000Z', port: 'sql', subject, purpose: 'analysis', decision: 'allow', reads: [], rows: 1, milliseconds: 1, outcome: 'ok', reasons: [], ...more,
})

interface Rig { readonly folder: string; readonly anchors: MemoryAnchors; readonly keys: ReturnType<typeof memoryKeys>; open(limits?: Partial<AuditLimits>): Promise<OpenAudit>; verify(): Promise<Verification>; readonly warnings: string[] }

function rig(): Rig {
  const folder = mkdtempSync(join(tmpdir(), 'tulle-audit-'))
  folders.push(folder)
  const anchors = memoryAnchors()
  const keys = memoryKeys()
  const warnings: string[] = []
  return {
    folder, anchors, keys, warnings,
    open: async (limits = {}) => valueOf(await openAudit({ folder, place: 'here', clock: fakeClock(), anchors, keys, limits, warn: (message) => warnings.push(message) })),
    verify: async () => verifyChain(folder, { anchors: anchors.anchors, whole: true, places: await anchors.places(), place: 'here' }),
  }
}

const written = async (subjects: readonly string[], limits: Partial<AuditLimits> = {}): Promise<Rig> => {
  const made = rig()
  const audit = await made.open(limits)
  for (const subject of subjects) valueOf(await audit.record(lineOf(subject)))
  await audit.close()
  return made
}
const newest = ({ folder }: Rig): string => join(folder, readdirSync(folder).toSorted().at(-1) ?? '')
const said = ({ diagnostics }: Verification): string => diagnostics.map(({ message }) => message).join(' ')

describe('a chain', () => {
  it('holds what was recorded, in order, and is whole', async () => {
    const it = await written(['ana', 'bo', 'cy'])
    expect((await listEntries(it.folder, { limit: 10 })).entries.map(({ seq, kind }) => `${seq} ${kind}`)).toEqual(['5 close', '4 line', '3 line', '2 line', '1 open'])
    expect(await it.verify()).toEqual({ whole: true, entries: 5, segments: 1, chains: 1, anchors: 1, anchoredUpTo: 5, diagnostics: [] })
  })

  it('goes on where it ended, and names the anchor that it left', async () => {
    const it = await written(['ana'])
    const again = await it.open()
    valueOf(await again.record(lineOf('bo')))
    await again.close()
    expect(await it.verify()).toMatchObject({ whole: true, entries: 6, chains: 1, anchors: 2 })
    const [opened] = (await listEntries(it.folder, { kind: 'open', limit: 1 })).entries
    expect(opened?.body).toMatchObject({ anchor: { number: 1, seq: 3 } })
  })

  it('turns over to the next file, and is one chain', async () => {
    const it = await written(Array.from({ length: 40 }, (_, i) => `user-${i}`), { segmentBytes: 2000 })
    expect(readdirSync(it.folder).length).toBeGreaterThan(5)
    expect(await it.verify()).toMatchObject({ whole: true, entries: 42, chains: 1 })
  })

  it('is readable by its owner alone', async () => {
    const it = await written(['ana'])
    expect(statSync(newest(it)).mode & 0o777).toBe(0o600)
    expect(statSync(it.folder).mode & 0o777).toBe(0o700)
  })

  it('is anchored every so many entries, and by its clock', async () => {
    const it = rig()
    const clock = fakeClock()
    const audit = valueOf(await openAudit({ folder: it.folder, place: 'here', clock, anchors: it.anchors, keys: it.keys, limits: { anchorEntries: 10, anchorMilliseconds: 5000 } }))
    for (let at = 0; at < 25; at += 1) valueOf(await audit.record(lineOf('ana')))
    await expect.poll(() => it.anchors.anchors.length).toBe(2)
    await clock.advance(5000)
    await expect.poll(() => it.anchors.anchors.length).toBe(3)
    // Nothing came meanwhile but the note of the anchor itself.
    await clock.advance(60_000)
    expect(it.anchors.anchors.length).toBe(3)
    await audit.close()
    expect(await it.verify()).toMatchObject({ whole: true, anchors: 4 })
  })

  it('writes an anchor file that stands for the anchors', async () => {
    const it = rig()
    const anchorFile = join(it.folder, 'anchors.elsewhere')
    const audit = valueOf(await openAudit({ folder: it.folder, place: 'here', clock: fakeClock(), anchors: it.anchors, keys: it.keys, anchorFile }))
    await audit.close()
    expect(readFileSync(anchorFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(it.anchors.anchors)
  })

  it('has one writer', async () => {
    const it = rig()
    const first = await it.open()
    expect(await openAudit({ folder: it.folder, place: 'here', clock: fakeClock(), anchors: it.anchors, keys: it.keys })).toMatchObject({ ok: false, diagnostics: [{ code: 'audit-in-use' }] })
    await first.close()
    await (await it.open()).close()
  })

  it('keeps what is recorded at once in the order in which it was said', async () => {
    const it = rig()
    const audit = await it.open()
    await Promise.all(Array.from({ length: 3000 }, (_, i) => audit.record(lineOf(`user-${i}`))))
    await audit.close()
    const { entries } = await listEntries(it.folder, { kind: 'line', limit: 5000 })
    expect(entries.map(({ body }) => (body as { subject: string }).subject).toReversed()).toEqual(Array.from({ length: 3000 }, (_, i) => `user-${i}`))
    expect(await it.verify()).toMatchObject({ whole: true })
  })
})

describe('a line that breaks off', () => {
  it('goes, and the chain says so and goes on', async () => {
    const it = rig()
    const audit = await it.open()
    valueOf(await audit.record(lineOf('ana')))
    await audit.anchor()
    // What a process that was killed leaves: no end of the chain, and half a line.
    const left = readFileSync(newest(it))
    await audit.close()
    it.anchors.anchors.pop()
    writeFileSync(newest(it), Buffer.concat([left, Buffer.from('{"body":{"deci')]))
    expect(await it.verify()).toMatchObject({ whole: true, diagnostics: [{ code: 'audit-torn' }] })
    const again = await it.open()
    await again.close()
    expect(await it.verify()).toMatchObject({ whole: true, diagnostics: [] })
    const [opened] = (await listEntries(it.folder, { kind: 'open', limit: 1 })).entries
    expect(opened?.body).toMatchObject({ dropped: { bytes: 14 } })
  })

  it('is no excuse for whole lines that changed: a new chain says what was found, and the break stays', async () => {
    const it = await written(['ana', 'bo'])
    writeFileSync(newest(it), readFileSync(newest(it), 'utf8').replace('"ana"', '"eve"'))
    const again = await it.open()
    valueOf(await again.record(lineOf('cy')))
    await again.close()
    expect(it.warnings.join()).toContain('altered while nobody wrote it')
    expect(readdirSync(it.folder)).toHaveLength(2)
    const verified = await it.verify()
    expect(verified.whole).toBe(false)
    expect(said(verified)).toContain('000000000001.jsonl:2: its hash is not that of its content')
  })
})

const ALTERATIONS: readonly (readonly [what: string, alter: (it: Rig) => void, where: string])[] = [
  ['a byte', (it) => change(it, (text) => text.replace('"bo"', '"bO"')), ':3: its hash is not that of its content'],
  ['a space between two members', (it) => change(it, (text) => text.replace(',"', ', "')), ':1: it is not as an entry is written'],
  ['a line taken out', (it) => change(it, (text) => lines(text).toSpliced(2, 1).join('')), ':3: entry 4 does not follow entry 2'],
  ['two lines swapped', (it) => change(it, (text) => { const [a = '', b = '', c = '', ...rest] = lines(text); return [a, c, b, ...rest].join('') }), ':2: entry 3 does not follow entry 1'],
  ['the end cut off at a line', (it) => change(it, (text) => lines(text).slice(0, 3).join('')), 'its end, behind entry 3: entry 5, which anchor 1 holds, is not there'],
  ['the end cut off within a line', (it) => change(it, (text) => text.slice(0, -20)), 'its end, behind entry 4: entry 5, which anchor 1 holds, is not there'],
  ['a line put in', (it) => appendFileSync(newest(it), '{"hello":1}\n'), ':6: it is not as an entry is written'],
  ['bytes put behind the end', (it) => appendFileSync(newest(it), 'x'), 'something was written behind its end'],
  ['the file called otherwise', (it) => { writeFileSync(join(it.folder, '000000000002.jsonl'), readFileSync(newest(it))); rmSync(join(it.folder, '000000000001.jsonl')) }, 'it is entry 1, in the file of entry 2'],
  ['the folder emptied', (it) => rmSync(newest(it)), 'is not there'],
  ['an anchor edited', (it) => { it.anchors.anchors[0] = { ...(it.anchors.anchors[0] as Anchor), seq: 4 } }, 'anchor 1 of chain'],
]

describe('an alteration is found, with its place:', () => {
  it.each(ALTERATIONS)('%s', async (_, alter, where) => {
    const it = await written(['ana', 'bo', 'cy'])
    alter(it)
    const verified = await it.verify()
    expect(verified.whole).toBe(false)
    expect(said(verified)).toContain(where)
  })

  it('an anchor taken away that the log names', async () => {
    const it = await written(['ana'])
    await (await it.open()).close()
    it.anchors.anchors.splice(0)
    expect(said(await it.verify())).toContain('anchor 1 of chain')
  })

  it('but not a cut at the end where no anchors are compared (the control)', async () => {
    const it = await written(['ana', 'bo', 'cy'])
    change(it, (text) => lines(text).slice(0, 3).join(''))
    expect(await verifyChain(it.folder, undefined)).toMatchObject({ whole: true, diagnostics: [{ code: 'audit-unanchored' }] })
    const outside: AnchorSet = { anchors: it.anchors.anchors, whole: false }
    expect(await verifyChain(it.folder, outside)).toMatchObject({ whole: false })
  })
})

describe('values', () => {
  const secret = 'Ada Lovelace, 1815-12-10'

  it('are nowhere in the files, and readable by the key of their entry alone', async () => {
    const it = rig()
    const audit = await it.open()
    valueOf(await audit.record(lineOf('ana', { subjectId: 'id-ana', statement: 'select * from t where name = ?:text', values: [secret] })))
    await audit.close()
    expect(readFileSync(newest(it), 'utf8')).not.toContain('Lovelace')
    const [entry] = (await listEntries(it.folder, { kind: 'line', limit: 1 })).entries
    const key = await it.keys.find(audit.chain, entry?.seq ?? 0)
    expect(openValues(entry?.sealed ?? '', key ?? new Uint8Array(32), placeOf(audit.chain, entry?.seq ?? 0))).toEqual([secret])
    expect(openValues(entry?.sealed ?? '', key ?? new Uint8Array(32), placeOf(audit.chain, 99))).toBeUndefined()
  })

  it('are gone once their key is destroyed, and the chain stands', async () => {
    const it = rig()
    const audit = await it.open()
    for (const subject of ['ana', 'bo', 'ana']) valueOf(await audit.record(lineOf(subject, { subjectId: `id-${subject}`, values: [secret] })))
    expect(valueOf(await audit.forget({ subject: 'id-ana' }, 'sam'))).toBe(2)
    expect(valueOf(await audit.forget({ chain: audit.chain, seq: 3 }, 'sam'))).toBe(1)
    await audit.close()
    expect(it.keys.keys.size).toBe(0)
    expect(await it.verify()).toMatchObject({ whole: true })
    expect((await listEntries(it.folder, { kind: 'forget', limit: 9 })).entries.map(({ body }) => body)).toEqual([{ by: 'sam', chain: audit.chain, seq: 3 }, { by: 'sam', subject: 'id-ana' }])
  })
})

describe('a disk that refuses', () => {
  it('refuses what would not be written down, keeps the line, and goes on by itself', async () => {
    const it = rig()
    const clock = fakeClock()
    const audit = valueOf(await openAudit({ folder: it.folder, place: 'here', clock, anchors: it.anchors, keys: it.keys, limits: { segmentBytes: 1 }, warn: (message) => it.warnings.push(message) }))
    // The next segment cannot be made where a folder has its name.
    const { mkdirSync, rmdirSync } = await import('node:fs')
    mkdirSync(join(it.folder, '000000000002.jsonl'))
    expect(await audit.record(lineOf('ana'))).toMatchObject({ ok: false, diagnostics: [{ code: 'audit-unavailable' }] })
    expect(audit.ready()).toMatchObject({ ok: false })
    rmdirSync(join(it.folder, '000000000002.jsonl'))
    await clock.advance(1000)
    await expect.poll(() => audit.ready().ok).toBe(true)
    valueOf(await audit.record(lineOf('bo')))
    await audit.close()
    expect((await listEntries(it.folder, { kind: 'line', limit: 9 })).entries.map(({ body }) => (body as unknown as AuditLine).subject)).toEqual(['bo', 'ana'])
    expect(await it.verify()).toMatchObject({ whole: true })
    expect(it.warnings).toEqual([expect.stringContaining('the audit cannot be written'), 'the audit is written again'])
  })
})

describe('a page of entries', () => {
  it.each([
    ['of a subject', { subject: 'ana' }, ['ana deny', 'ana allow']],
    ['of a product, in any version', { product: 'flights' }, ['bo allow']],
    ['of a decision', { decision: 'deny' }, ['ana deny']],
    ['of products by id', { products: new Set(['p2']) }, ['cy allow']],
    ['of a time', { from: '2026-01-02', to: '2026-01-03' }, ['bo allow']],
  ] as const)('%s', async (_, query, expected) => {
    const it = rig()
    const audit = await it.open()
    const read = (product: string, productId: string) => [{ product, productId, dataSet: 'd', columns: [] }]
    for (const line of [lineOf('ana'), lineOf('bo', { time: '2026-01-02T05:00:00.000Z', reads: read('flights@2', 'p1') }), lineOf('cy', { reads: read('orders', 'p2') }), lineOf('ana', { decision: 'deny' })]) valueOf(await audit.record(line))
    await audit.close()
    const { entries } = await listEntries(it.folder, { kind: 'line', limit: 10, ...query })
    expect(entries.map(({ body }) => { const { subject, decision } = body as unknown as AuditLine; return `${subject} ${decision}` })).toEqual(expected)
  })

  it('goes on behind the one before', async () => {
    const it = await written(Array.from({ length: 30 }, (_, i) => `user-${i}`), { segmentBytes: 1000 })
    const seen: number[] = []
    for (let before: number | undefined = Infinity; before !== undefined;) {
      const page: { entries: readonly { seq: number }[]; next?: number } = await listEntries(it.folder, { limit: 7, before })
      seen.push(...page.entries.map(({ seq }) => seq))
      before = page.next
    }
    expect(seen).toEqual(Array.from({ length: 32 }, (_, i) => 32 - i))
  })
})

const lines = (text: string): string[] => text.split(/(?<=\n)/)
const change = (it: Rig, alter: (text: string) => string): void => writeFileSync(newest(it), alter(readFileSync(newest(it), 'utf8')))

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('\n'))
  return result.value
}
