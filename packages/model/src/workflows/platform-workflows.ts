// The workflow templates that the platform ships. They are read once, with the code.

import { readFileSync } from 'node:fs'
import type { Json } from '@tulle/kernel'
import { Bug } from '@tulle/kernel'
import { parseYaml } from '../yaml/parse-yaml.ts'

export const DEFAULT_TEMPLATE = 'daily-refresh@1'

let read: Json | undefined

/** The document of a product that says nothing about its workflow. */
export function defaultWorkflow(): Json {
  const file = 'daily-refresh.yaml'
  const parsed = read === undefined ? parseYaml(readFileSync(new URL(file, import.meta.url), 'utf8'), file) : undefined
  if (parsed?.ok === false) throw new Bug(`${file} cannot be read.`)
  read ??= parsed?.value.value as Json
  return read
}
