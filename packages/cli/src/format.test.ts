import { describe, expect, it } from 'vitest'
import { formatBytes, formatCount, formatDuration, formatStatus } from './format.ts'
import { followSteps } from './progress.ts'
import { renderFacts, renderTable } from './table.ts'
import type { Terminal } from './types.ts'

/** A terminal that keeps what it is given. */
function listening(colours = false): Terminal & { readonly said: string[]; readonly statuses: string[] } {
  const said: string[] = []
  const statuses: string[] = []
  return { interactive: false, colours, columns: 80, out: () => undefined, say: (text) => said.push(text), status: (text) => statuses.push(text), drained: () => undefined, said, statuses }
}

describe('figures', () => {
  it.each([
    [0.31, '0.3 s'], [9.96, '10.0 s'], [42.4, '42 s'], [185, '3 m 05 s'], [7800, '2 h 10 m'], [-5, '0.0 s'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatDuration('2026-01-01T00:00:00.000Z', new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString())).toBe(text)
  })

  it('what has no end has no duration', () => expect(formatDuration('2026-01-01T00:00:00Z', undefined)).toBe('–'))

  it.each([[0, '0 B'], [1023, '1023 B'], [1536, '1.5 KB'], [3e9, '2.8 GB'], [1e15, '909 TB']])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it('counts have commas', () => expect([formatCount(3_000_000), formatCount(undefined)]).toEqual(['3,000,000', '–']))

  it('a status has colours only where the terminal shows them', () => {
    expect([formatStatus(listening(), 'failed'), formatStatus(listening(true), 'failed')]).toEqual(['✖ failed', '\u001b[31m✖ failed\u001b[39m'])
  })
})

describe('a table', () => {
  it('is aligned, and what came from elsewhere cannot move the cursor', () => {
    expect(renderTable([{ title: 'name' }, { title: 'rows', right: true }], [['a', '10'], ['東京\u001b[2J\u202e', '5'], [{ ours: '\u001b[31mred\u001b[39m' }, '']])).toBe([
      'NAME                 ROWS',
      'a                      10',
      '東京\\u001b[2J\\u202e     5',
      '\u001b[31mred\u001b[39m',
    ].join('\n'))
  })

  it('of facts leaves unknown ones out', () => {
    expect(renderFacts([['user', 'ana'], ['owner', undefined], ['role', 'consumer']])).toBe('user  ana\nrole  consumer')
  })
})

describe('long work', () => {
  it('is told step by step, each once, and what is under way moves', () => {
    const terminal = listening()
    const show = followSteps(terminal)
    const step = (name: string, status: string, note?: string) => ({ name, status, note, startedAt: '2026-01-01T00:00:00Z', finishedAt: status === 'running' ? undefined : '2026-01-01T00:00:02Z' })
    show([step('ingest', 'running'), step('check', 'pending')])
    show([step('ingest', 'succeeded', '5 rows'), step('check', 'running')])
    show([step('ingest', 'succeeded', '5 rows'), step('check', 'failed', 'bad\u0007')])
    expect(terminal.said).toEqual(['✔ succeeded  ingest  2.0 s  5 rows', '✖ failed  check  2.0 s  bad\\u0007'])
    expect(terminal.statuses).toEqual(['▶ ingest  0 of 2 done', '▶ check  1 of 2 done', ''])
  })

  it('says once why several steps were skipped', () => {
    const terminal = listening()
    followSteps(terminal)([{ name: 'ingest', status: 'skipped', note: 'Nothing changed.' }, { name: 'check', status: 'skipped', note: 'Nothing changed.' }, { name: 'notify', status: 'skipped', note: 'Nobody asked.' }])
    expect(terminal.said).toEqual(['↷ skipped  ingest  Nothing changed.', '↷ skipped  check', '↷ skipped  notify  Nobody asked.'])
  })
})
