// A document as text, and as what a reader takes that has no text.

import { dump } from 'js-yaml'
import type { Json } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'

export type Syntax = 'json' | 'yaml'

/** A document of a contract or a product as YAML, in the order of its members. */
export function toYaml(value: Json): string {
  return dump(value, { noRefs: true, lineWidth: -1 })
}

export const documentText = (value: Json, syntax: Syntax): string => (syntax === 'json' ? `${JSON.stringify(value, null, 2)}\n` : toYaml(value))

/** What was never a text has no places. */
export const placeless = (value: Json): YamlDocument => {
  const place = () => ({ file: '', line: 1, column: 1 })
  return { file: '', value, place, laterPlace: place }
}
