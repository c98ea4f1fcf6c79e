import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { addRule } from './add-rule.ts'

const RULE = { metric: 'nullValues', mustBe: 0 }
const around = (properties: string): string => `apiVersion: v3.1.0 # of Bitol
kind: DataContract
schema:
  - name: flights   # the table
    properties:
${properties}    # after all columns
sla: {}
`

describe('a rule', () => {
  it.each([
    ['a column in a block', 'delay',
      around('      - name: delay # minutes\n        logicalType: integer # whole\n\n      - name: origin\n'),
      around('      - name: delay # minutes\n        logicalType: integer # whole\n        quality:\n          - { metric: nullValues, mustBe: 0 }\n\n      - name: origin\n')],
    ['a column in one line', 'delay', around('      - {name: delay, logicalType: integer}  # whole\n'), around('      - {name: delay, logicalType: integer, quality: [{ metric: nullValues, mustBe: 0 }]}  # whole\n')],
    ['a column that has rules', 'delay',
      around('      - name: delay\n        quality:\n        - metric: nullValues\n          mustBeLessThan: 3 # few\n      - name: origin\n'),
      around('      - name: delay\n        quality:\n        - metric: nullValues\n          mustBeLessThan: 3 # few\n        - { metric: nullValues, mustBe: 0 }\n      - name: origin\n')],
    ['a column with a list in one line', 'delay', around('      - name: delay\n        quality: [ {metric: duplicateValues, mustBe: 0} ]\n'), around('      - name: delay\n        quality: [ {metric: duplicateValues, mustBe: 0}, { metric: nullValues, mustBe: 0 } ]\n')],
    ['a column whose last value is a block of text', 'delay', around('      - name: delay\n        description: >\n          Long,\n          and folded.\n'), around('      - name: delay\n        description: >\n          Long,\n          and folded.\n        quality:\n          - { metric: nullValues, mustBe: 0 }\n')],
    ['the data set', undefined,
      'schema:\n  - name: flights\n    properties: [{name: delay}]\n    quality:\n      - metric: rowCount\n        mustBeGreaterThan: 0',
      'schema:\n  - name: flights\n    properties: [{name: delay}]\n    quality:\n      - metric: rowCount\n        mustBeGreaterThan: 0\n      - { metric: nullValues, mustBe: 0 }\n'],
  ] as const)('comes to %s, and nothing else changes', (_, column, text, expected) => {
    expect(addRule(text, { ...(column !== undefined && { column }), rule: RULE })).toBe(expected)
  })

  it('is quoted where its values would read otherwise', () => {
    const rule = { metric: 'invalidValues', arguments: { validValues: ['no', '1', 'a: b', '', '- x', '#', 'null', 'é\n"'] }, mustBe: 0 }
    const edited = addRule(around('      - name: delay\n'), { column: 'delay', rule })
    expect(parse(edited ?? '')).toMatchObject({ schema: [{ properties: [{ name: 'delay', quality: [rule] }] }] })
  })

  it.each([
    ['no such column', around('      - name: origin\n')],
    ['text that is no YAML', 'schema: [\n'],
    ['columns by an alias, whose other uses would change too', 'x: &columns [{name: delay}]\nschema:\n  - name: a\n    properties: *columns\n'],
    ['a quality that is no list', around('      - name: delay\n        quality: good\n')],
    ['a document without a schema', 'kind: DataContract\n'],
  ])('is not added to %s', (_, text) => {
    expect(addRule(text, { column: 'delay', rule: RULE })).toBeUndefined()
  })
})
