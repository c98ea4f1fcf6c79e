import { describe, expect, it } from 'vitest'
import type { ReadPlan } from './read-plan.ts'
import { printsOf } from './unchanged-models.ts'

const place = { file: 'product.yaml', line: 1, column: 1 }
const model = (fingerprint: string, refs: readonly (readonly [string, string])[], sources: readonly string[] = []) => ({ file: 'm.sql', text: '', fingerprint, place, refs: refs.map(([product, name]) => ({ product, name, place })), sources: sources.map((name) => ({ name, place })) })
const target = (name: string, own: object) => ({ dataSet: { name, title: name, place, ...own } })

/** `first` reads a file and another product, `second` reads `first`, `other` reads nothing. */
const plan = (codes: { readonly first?: string; readonly delimiter?: string } = {}): ReadPlan => {
  const targets = [target('first', { model: model(codes.first ?? 'a', [['rates', 'rates']], ['drop']) }), target('second', { model: model('b', [['shop', 'first']]) }), target('other', { model: model('c', []) })]
  const inputPorts = [{ kind: 'file', name: 'drop', title: 'drop', path: 'x.csv', format: 'csv', options: { delimiter: codes.delimiter ?? ',' }, place }]
  return { product: { name: 'shop', dataSets: targets.map((one) => one.dataSet), inputPorts }, targets, dataSetsOf: (name: string) => (name === 'rates' ? ['rates'] : undefined) } as unknown as ReadPlan
}
const INPUTS = { 'data-set:rates.rates': '1', 'input-port:shop.drop': 'f00' }

describe('what a data set is made of', () => {
  const before = printsOf(plan(), INPUTS)
  const changed = (now: Readonly<Record<string, string>>): readonly string[] => Object.keys(before).filter((name) => before[name] !== now[name])

  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['nothing else', printsOf(plan(), INPUTS), []],
    ['other code', printsOf(plan({ first: 'x' }), INPUTS), ['first', 'second']],
    ['a port that is read otherwise', printsOf(plan({ delimiter: ';' }), INPUTS), ['first', 'second']],
    ['another file', printsOf(plan(), { ...INPUTS, 'input-port:shop.drop': 'bad' }), ['first', 'second']],
    ['another snapshot of another product', printsOf(plan(), { ...INPUTS, 'data-set:rates.rates': '2' }), ['first', 'second']],
    ['other rights to it', printsOf(plan(), { ...INPUTS, 'access:rates.rates': 'rows' }), ['first', 'second']],
    ['an input that nobody reads', printsOf(plan(), { ...INPUTS, 'data-set:x.y': '2' }), []],
  ])('%s is another one for whoever reads it, and the same for the others', (_, now, expected) => {
    expect(changed(now)).toEqual(expected)
  })
})
