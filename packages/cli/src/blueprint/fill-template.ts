// `{{ parameter }}` in a text becomes the parameter's value, once. Jinja in SQL models passes through: only a bare word,
// or a word with a filter of ours, is a parameter.

import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { Template, Values } from './types.ts'

const PARAMETER = /\{\{\s*([a-z][a-z0-9_]*)\s*(?:\|\s*([a-z]+)\s*)?\}\}/g

/** Words that a YAML reader of some age or other takes for a truth value or nothing. */
export const YAML_KEYWORDS: ReadonlySet<string> = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null'])

const FILTERS: Readonly<Record<string, (value: string) => string>> = {
  /** As a YAML string, whatever is in it: bare where that is safe. */
  yaml: (value) => (/^[A-Za-z][\w ,.()'-]*(?<! )$/.test(value) && !YAML_KEYWORDS.has(value.toLowerCase()) ? value : JSON.stringify(value)),
  /** `order_lines` → `Order lines`. */
  title: (value) => value.charAt(0).toUpperCase() + value.slice(1).replaceAll('_', ' '),
}

/**
 * Fills a template. A parameter alone on its line may bring several lines, which take the line's indent, or none, which
 * takes the line away. Unknown names are errors: a misspelt one must not end up in somebody's mesh.
 */
export function fillTemplate(template: Template, values: Values): Result<string> {
  const wrong = [...template.text.matchAll(PARAMETER)].find(([, name = '', filter]) => !Object.hasOwn(values, name) || (filter !== undefined && !Object.hasOwn(FILTERS, filter)))
  if (wrong !== undefined) {
    const [, name = '', filter] = wrong
    const what = Object.hasOwn(values, name)
      ? `there is no filter "${filter}".${didYouMean(filter ?? '', Object.keys(FILTERS))}`
      : `there is no parameter "${name}".${didYouMean(name, Object.keys(values))}`
    return fail(messages['blueprint-broken']({ file: template.path, what }))
  }
  return ok(template.text.split('\n').flatMap((line) => fillLine(line, values)).join('\n'))
}

function fillLine(line: string, values: Values): readonly string[] {
  const alone = /^(\s*)\{\{\s*([a-z][a-z0-9_]*)\s*\}\}\s*$/.exec(line)
  const value = values[alone?.[2] ?? '']
  if (alone !== null && value !== undefined) return value === '' ? [] : value.split('\n').map((part) => `${alone[1] ?? ''}${part}`)
  return [line.replace(PARAMETER, (_, name: string, filter: string | undefined) => (FILTERS[filter ?? ''] ?? String)(values[name] ?? ''))]
}
