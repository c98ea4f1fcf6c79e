// The workflow templates that the platform ships. They are read once, with the code.

import { readFileSync } from 'node:fs'
import type { Json } from '@tulle/kernel'
import { Bug } from '@tulle/kernel'
import type { ReadWorkflow } from './read-workflows.ts'
import { readWorkflow } from './read-workflows.ts'

/** What a product runs by that says nothing. */
export const DEFAULT_TEMPLATE = 'daily-refresh@1'

const FILES = ['daily-refresh.yaml']

let read: readonly ReadWorkflow[] | undefined

export function platformWorkflows(): readonly ReadWorkflow[] {
  read ??= FILES.map((path) => {
    const { workflow } = readWorkflow({ path, text: readFileSync(new URL(path, import.meta.url), 'utf8') }, 'platform')
    if (workflow === undefined) throw new Bug(`${path} cannot be read.`)
    return workflow
  })
  return read
}

/** The document of a product that says nothing about its workflow, in a mesh without a template of that name. */
export const defaultWorkflow = (): Json => platformWorkflows()[0]?.definition ?? null
