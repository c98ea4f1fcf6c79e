import { describe, expect, it } from 'vitest'
import { parseContract } from '@tulle/model'
import { compileChecks } from './compile-checks.ts'

const contract = (rule: readonly unknown[], column: readonly unknown[] = [], whole: readonly unknown[] = []): string => JSON.stringify({
  apiVersion: 'v3.1.0', kind: 'DataContract', id: 'x', version: '1.0.0', status: 'active',
  schema: [{
    name: 'x', customProperties: whole,
    properties: [{ name: 'a', logicalType: 'string', required: true, customProperties: column, quality: [{ metric: 'nullValues', mustBe: 0, customProperties: rule }] }],
    quality: [{ metric: 'rowCount', mustBeGreaterThan: 0 }],
  }],
})
const word = (property: string, value: unknown) => ({ property, value })
const compiled = (...words: Parameters<typeof contract>) => {
  const read = parseContract(contract(...words), 'x.odcs.yaml')
  if (!read.ok) throw new Error(read.diagnostics.map((one) => one.message).join(' '))
  return compileChecks(read.value, { schema: 's', name: 'x' })
}
const actions = (...words: Parameters<typeof contract>) => {
  const result = compiled(...words)
  return result.ok ? Object.fromEntries(result.value.checks.map(({ name, action, atMost }) => [name, atMost === undefined ? action : { action, atMost }])) : result.diagnostics.map(({ message }) => message)
}

describe('what a failure comes to', () => {
  it('is to block, unless something is said', () => {
    expect(actions([])).toEqual({ 'type(a)': 'block', 'required(a)': 'block', 'nullValues(a)': 'block', rowCount: 'block' })
  })

  it('is what the narrowest word says; a promise without rows at fault blocks', () => {
    expect(actions([word('onFailure', 'warn')], [word('onFailure', 'quarantine')], [word('onFailure', 'warn')])).toEqual({ 'type(a)': 'block', 'required(a)': 'quarantine', 'nullValues(a)': 'warn', rowCount: 'warn' })
    expect(actions([], [], [word('onFailure', 'quarantine'), word('atMost', '1 %')])).toEqual({
      'type(a)': 'block', 'required(a)': { action: 'quarantine', atMost: { value: 1, unit: 'percent' } }, 'nullValues(a)': { action: 'quarantine', atMost: { value: 1, unit: 'percent' } }, rowCount: 'block',
    })
  })

  it.each([
    [[word('onFailure', 'quarantine'), word('atMost', 'a few')], /atMost "a few"/],
    [[word('onFailure', 'quarantine'), word('atMost', '101 %')], /atMost "101 %"/],
    [[word('onFailure', 'quarantine'), word('atMost', -1)], /atMost -1/],
    [[word('onFailure', 'quarantin')], /onFailure "quarantin" is none of block, quarantine, warn/],
    [[word('onFailure', 'warn'), word('atMost', 3)], /needs onFailure: quarantine/],
  ])('is refused where %j cannot be meant', (rule, why) => {
    const result = compiled(rule)
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'check-malformed', message: expect.stringMatching(why), place: { file: 'x.odcs.yaml' } }] })
  })
})
