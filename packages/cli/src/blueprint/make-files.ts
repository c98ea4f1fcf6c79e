// A blueprint and values to the files that they make. Pure, but for the look into the CSV file that is handed in.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok, resultOf } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { fillTemplate } from './fill-template.ts'
import type { Blueprint, NewFile, Parameter, Values } from './types.ts'

/** A value of a parameter, checked against its pattern and against what no file may hold. */
export function checkValue(parameter: Parameter, value: string): Result<string> {
  const bad = (want: string): Result<string> => fail(messages['bad-parameter']({ name: parameter.name, value, want }))
  if (/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(value)) return bad('It may hold no line breaks, control characters or marks of reading direction.')
  if (value.length > 500) return bad('It may be 500 characters long.')
  if (parameter.pattern !== undefined && !new RegExp(`^(?:${parameter.pattern})$`, 'u').test(value)) return bad(`It must match ${parameter.pattern}.`)
  return ok(value)
}

/** The value that a parameter takes where nobody gives one; undefined where somebody must. */
export function usualValue(parameter: Parameter, values: Values): Result<string | undefined> {
  if (parameter.default === undefined) return ok(undefined)
  return fillTemplate({ path: `parameter ${parameter.name}`, text: parameter.default }, values)
}

/** Fills every template. A file that comes out blank is not made; `csv` takes the place of the blueprint's sample. */
export function makeFiles(blueprint: Blueprint, values: Values, csv: string | undefined): Result<readonly NewFile[]> {
  const diagnostics: Diagnostic[] = []
  const files: NewFile[] = []
  const filled = (path: string, text: string): string => {
    const result = fillTemplate({ path, text }, values)
    diagnostics.push(...result.diagnostics)
    return result.ok ? result.value : ''
  }
  const data = blueprint.data === undefined ? undefined : filled('blueprint.yaml', blueprint.data)
  for (const template of blueprint.files) {
    const path = filled(template.path, template.path)
    if (path === data) continue
    const text = filled(template.path, template.text)
    if (text.trim() !== '') files.push({ path, text })
  }
  if (data !== undefined && csv !== undefined) files.push({ path: data, copyOf: csv })
  return resultOf(files, diagnostics)
}

/** The blueprint's own sample for `data`: the file to look into and to copy where no `--csv` names another. */
export function samplePath(blueprint: Blueprint, values: Values): string | undefined {
  if (blueprint.data === undefined) return undefined
  const wanted = fillTemplate({ path: 'blueprint.yaml', text: blueprint.data }, values)
  return blueprint.files.find((template) => {
    const path = fillTemplate({ path: template.path, text: template.path }, values)
    return path.ok && wanted.ok && path.value === wanted.value
  })?.path
}
