// JSON text to values and back, with integers of any size exact. Snapshot ids have 63 bits, and JSON.parse rounds them.

import { parse } from 'lossless-json'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { ExactJson } from './types.ts'
import { messages } from './messages.ts'

/** Reads JSON; what is not JSON (also: the same key twice, a number beyond a double) is `metadata-not-json`. */
export function parseExactJson(text: string, file: string): Result<ExactJson> {
  try {
    return ok(parse(text, null, { parseNumber, onDuplicateKey }) as ExactJson)
  } catch (error) {
    const problem = error instanceof RangeError && !(error instanceof BadNumber) ? 'it is nested too deeply' : (error as Error).message.replace(/\.$/u, '')
    return fail(messages['metadata-not-json']({ file, problem: problem.slice(0, 300) }))
  }
}

/** Prints with two spaces, as other writers do, so that people can read and compare metadata files. */
export function printExactJson(value: ExactJson): string {
  return JSON.stringify(value, bigintAsDigits, 2)
}

/** Prints without a space between, where nobody looks at the text as it stands. */
export function printCompactJson(value: ExactJson): string {
  return JSON.stringify(value, bigintAsDigits)
}

// Node 24 has rawJSON; the compiler's library does not name it yet.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }
const bigintAsDigits = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? rawJSON(value.toString()) : value)

class BadNumber extends RangeError {}

function parseNumber(text: string): number | bigint {
  const value = Number(text)
  if (!Number.isFinite(value)) throw new BadNumber(`the number ${text.slice(0, 40)} is out of range`)
  if (Number.isSafeInteger(value) || !/^-?\d+$/u.test(text)) return value
  if (text.length > 100) throw new BadNumber(`the number ${text.slice(0, 40)}… is out of range`)
  return BigInt(text)
}

function onDuplicateKey({ key, position }: { key: string; position: number }): never {
  throw new SyntaxError(`the key ${JSON.stringify(key.slice(0, 100))} occurs twice (at character ${position})`)
}
