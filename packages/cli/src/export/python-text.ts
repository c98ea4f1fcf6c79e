// Data as text of Python. Whatever a name or a title holds, it stays data: what is printed are the letters of ASCII in one string
// literal, and a program reads them as JSON.

import type { Json } from '@tulle/kernel'

/** `json.loads("…")`. Within, only `\"`, `\\` and printable ASCII: equal in JSON and in Python. */
export function pythonData(value: Json): string {
  const ascii = JSON.stringify(value).replaceAll(/[^ -~]/gu, (letter) => [...letter].flatMap((one) => Array.from({ length: one.length }, (_, i) => `\\u${one.charCodeAt(i).toString(16).padStart(4, '0')}`)).join(''))
  return `json.loads("${ascii.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}")`
}
