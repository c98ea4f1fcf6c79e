// Where in a text a character stands, for findings in formats that are no YAML.

import type { Place } from '@tulle/kernel'

export function placeIn(text: string, file: string, at: number): Place {
  const before = text.slice(0, at).split('\n')
  return { file, line: before.length, column: (before.at(-1) ?? '').length + 1 }
}
