// Verdicts over the columns of a table as such: their names, types and order. Pure.

import { didYouMean } from '@tulle/kernel'
import { duckdbTypeOf } from '@tulle/engine'
import { typesCalled } from './type-names.ts'
import type { Check, ColumnsRule, Measure, Verdict } from './types.ts'

type Judged = Omit<Verdict, 'action' | 'rows'>

export function typeVerdict({ name, place }: Check, measure: Extract<Measure, { kind: 'type' }>, types: ReadonlyMap<string, string>): Judged {
  const type = types.get(measure.column)
  const pass = type !== undefined && isSameType(type, duckdbTypeOf(measure.type))
  const sentence = type === undefined
    ? `there is no column "${measure.column}".`
    : `"${measure.column}" is ${type}${pass ? '.' : `; the contract says ${measure.type}.`}`
  return { check: name, status: pass ? 'pass' : 'fail', sentence, place }
}

export function columnsVerdict({ name, place }: Check, rule: ColumnsRule, types: ReadonlyMap<string, string>): Judged {
  const faults = faultsOf(rule, types)
  return { check: name, status: faults.length === 0 ? 'pass' : 'fail', measured: faults.length, sentence: faults.length === 0 ? 'the columns are as they should be.' : `${faults.slice(0, 5).join('; ')}${faults.length > 5 ? `; and ${faults.length - 5} more` : ''}.`, place }
}

function faultsOf(rule: ColumnsRule, types: ReadonlyMap<string, string>): readonly string[] {
  const names = [...types.keys()]
  switch (rule.rule) {
    case 'required':
      return rule.names.filter((name) => !types.has(name)).map((name) => `there is no column "${name}"`)
    case 'forbidden':
      return names.filter((name) => rule.names.some((pattern) => isLike(name, pattern))).map((name) => `there is a column "${name}"`)
    case 'types':
      return Object.entries(rule.types).flatMap(([name, wanted]) => {
        const type = types.get(name)
        if (type === undefined) return [`there is no column "${name}"`]
        return isType(type, wanted) ? [] : [`"${name}" is ${type}, not ${wanted}`]
      })
    case 'places':
      return Object.entries(rule.places).flatMap(([name, place]) => {
        const at = names.indexOf(name)
        if (at < 0) return [`there is no column "${name}"`]
        return at === place ? [] : [`"${name}" is column ${at}, not ${place}`]
      })
    case 'exactly': {
      const lacking = rule.names.filter((name) => !types.has(name)).map((name) => `there is no column "${name}"${didYouMean(name, names)}`)
      const others = names.filter((name) => !rule.names.includes(name)).map((name) => `there is a column "${name}"`)
      const moved = rule.ordered && lacking.length + others.length === 0 && names.some((name, i) => rule.names[i] !== name) ? ['the columns are in another order'] : []
      return [...lacking, ...others, ...moved]
    }
    case 'count':
      return (rule.low !== undefined && names.length < rule.low) || (rule.high !== undefined && names.length > rule.high) ? [`there are ${names.length} columns`] : []
  }
}

/** `*` stands for any characters, in linear time. */
function isLike(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*')
  const text = name.toLowerCase()
  if (rest.length === 0) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  const last = rest.pop() ?? ''
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - at >= last.length && text.endsWith(last)
}

/** `wanted` is the engine's spelling, Iceberg's, or one that other databases have. */
function isType(type: string, wanted: string): boolean {
  const base = spelling(type)
  return [wanted, ...typesCalled(wanted)].some((one) => {
    const spelt = spelling(one)
    return spelt === base || spelt === base.replace(/\(.*\)$/u, '')
  })
}

// The engine quotes a field's name only where it must.
const isSameType = (a: string, b: string): boolean => spelling(a) === spelling(b)
const spelling = (type: string): string => type.replaceAll(/"([A-Za-z_][A-Za-z0-9_]*)"/gu, '$1').replaceAll(/\s*([(),])\s*/gu, '$1').toUpperCase()
