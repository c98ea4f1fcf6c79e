import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { drawUsage } from './draw-usage.ts'
import type { Workshop } from './types.ts'

async function draw(readers: readonly string[] | undefined, rows: readonly Readonly<Record<string, string | number>>[] = [{ day: '2026-01-01', product: 'flights', statements: 2 }]) {
  const folder = mkdtempSync('/tmp/tulle-usage-')
  const asked: string[] = []
  const store = { db: { selectFrom: () => ({ select: () => ({ executeTakeFirst: async () => (readers === undefined ? undefined : { mesh: { usage: readers } }) }) }) } }
  const workshop = { store, sources: { limits: { bytes: 1000, files: 1, pages: 1 } }, usage: async (report: string) => { asked.push(report); return rows } } as unknown as Workshop
  try {
    const drawn = await drawUsage(workshop, { owner: '1', port: 'mesh_usage.counted', settings: { report: 'days' }, keys: [], folder, name: 'counted', signal: new AbortController().signal })
    return { drawn, asked, text: drawn.ok ? readFileSync(join(folder, drawn.value.files[0]?.name ?? ''), 'utf8') : '' }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('a usage input port', () => {
  it('brings every row of its report, whole', async () => {
    const { drawn, asked, text } = await draw(['other', 'mesh_usage'])
    expect(drawn).toMatchObject({ ok: true, value: { mode: 'replace' } })
    expect([asked, text]).toEqual([['days'], '{"day":"2026-01-01","product":"flights","statements":2}\n'])
  })

  it.each([[['other']], [[]], [undefined]])('brings nothing, and counts nothing, where the applied mesh does not name its product: %j', async (readers) => {
    const { drawn, asked } = await draw(readers)
    expect([drawn.ok, drawn.diagnostics.map(({ code }) => code), asked]).toEqual([false, ['usage-not-for'], []])
  })

  it('never brings more than a draw may', async () => {
    const { drawn } = await draw(['mesh_usage'], Array.from({ length: 100 }, (_, i) => ({ product: `p${i}`, statements: i })))
    expect(drawn.diagnostics.map(({ code }) => code)).toEqual(['source-limit'])
  })
})
