import { describe, expect, it } from 'vitest'
import type { Diagnostic, Json } from '@tulle/kernel'
import { parseYaml } from '../yaml/parse-yaml.ts'
import { retentionOf } from './retention.ts'

const DAY = 86_400_000
const COLUMNS = [{ name: 'closed_on', type: 'date' }, { name: 'state', type: 'string' }, { name: 'tries', type: 'int' }, { name: 'price', type: 'decimal(9, 2)' }]

function retention(value: Json): unknown {
  const document = parseYaml(JSON.stringify({ customProperties: [{ property: 'retention', value }] }), 'c.yaml')
  if (!document.ok) throw new Error('no YAML')
  const diagnostics: Diagnostic[] = []
  const found = retentionOf(document.value, [], COLUMNS, diagnostics)
  return diagnostics.length > 0 ? diagnostics.map(({ code }) => code) : found
}
const REFUSED = ['bad-retention']

describe('how long rows are kept', () => {
  it.each<[string, Json, unknown]>([
    ['by their age', { column: 'closed_on', for: '30d' }, { column: 'closed_on', milliseconds: 30 * DAY }],
    ['by a value', { where: { state: 'closed' } }, { where: [{ column: 'state', values: ['closed'] }] }],
    ['by several values of several columns', { where: { state: ['closed', 'void'], tries: [0] } }, { where: [{ column: 'state', values: ['closed', 'void'] }, { column: 'tries', values: ['0'] }] }],
    ['by both', { column: 'closed_on', for: '2w', where: { state: 'closed' } }, { column: 'closed_on', milliseconds: 14 * DAY, where: [{ column: 'state', values: ['closed'] }] }],
    ['with what becomes of them', { column: 'closed_on', for: '30d', action: 'archive' }, { column: 'closed_on', milliseconds: 30 * DAY, action: 'archive' }],
    ['with the word for what is done without it', { column: 'closed_on', for: '30d', action: 'delete' }, { column: 'closed_on', milliseconds: 30 * DAY }],
  ])('may be said %s', (_how, value, said) => expect(retention(value)).toEqual(said))

  it.each<[string, Json]>([
    ['nothing', {}], ['a text', '30d'], ['a time without a column', { for: '30d' }], ['a column without a time', { column: 'closed_on' }],
    ['a column that is no time', { column: 'state', for: '30d' }], ['a unit that is none', { column: 'closed_on', for: '30y' }],
    ['no condition', { where: {} }], ['SQL', { where: "state = 'closed'" }], ['a column that is not there', { where: { nope: 'x' } }],
    ['a column whose values have several spellings', { where: { price: 5 } }], ['no value', { where: { state: [] } }], ['null', { where: { state: null } }],
    ['a value that is none', { where: { state: [{ a: 1 }] } }], ['one column of two that is there', { where: { state: 'closed', nope: 'x' } }],
    ['a word that it does not know', { column: 'closed_on', for: '30d', were: { state: 'closed' } }],
    ['an action that is none', { column: 'closed_on', for: '30d', action: 'forget' }], ['an action alone', { action: 'archive' }],
    ['a good condition beside a bad age', { column: 'closed_on', for: 'ever', where: { state: 'closed' } }],
  ])('is not said by %s, and then nothing goes', (_what, value) => expect(retention(value)).toEqual(REFUSED))
})
