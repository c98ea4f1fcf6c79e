// Names as they stand in addresses and bodies. A namespace has levels; inside Tulle they are joined by dots, which no level
// holds, so both ways lose nothing.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { JsonReader, TableName } from '@tulle/lake'
import { messages } from './messages.ts'

// Names become folders, SQL and addresses of others: no separator, quote, glob, control or direction mark has a place in one.
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_-]{0,62}$/u
/** The separator of levels in addresses, as the protocol has it where nothing else is advertised. */
const SEPARATOR = '\u001f'
const MAX_LEVELS = 16

export const levelsOf = (namespace: string): readonly string[] => namespace.split('.')

export function parseName(text: string): Result<string> {
  return NAME.test(text) && text.normalize('NFC') === text ? ok(text) : fail(messages['catalog-name-invalid']({ name: text }))
}

/** `flights@2`: a product's namespace of one major version. */
const withoutMajor = (level: string): string => level.replace(/@[1-9][0-9]{0,5}$/u, '')

/** A namespace from its levels. */
export function parseLevels(levels: readonly string[]): Result<string> {
  if (levels.length === 0 || levels.length > MAX_LEVELS) return fail(messages['catalog-name-invalid']({ name: levels.join('.') }))
  for (const level of levels) {
    const name = parseName(withoutMajor(level))
    if (!name.ok) return fail(messages['catalog-name-invalid']({ name: level }))
  }
  return ok(levels.join('.'))
}

/** A namespace as one decoded segment of an address. */
export const parseNamespace = (text: string): Result<string> => parseLevels(text.split(SEPARATOR))

/** `{"namespace": [...], "name": "..."}`; what is no such object is noted in the reader's findings. */
export function readIdentifier(json: JsonReader): Result<TableName> {
  const namespace = parseLevels(json.get('namespace').list().map((level) => level.text()))
  if (!namespace.ok) return namespace
  const name = parseName(json.get('name').text())
  return name.ok ? ok({ namespace: namespace.value, name: name.value }) : name
}
