// A blueprint's folder to the blueprint, or everything that is wrong with it.

import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { reasonOf } from '../home.ts'
import { messages } from '../messages.ts'
import type { Blueprint, Template } from './types.ts'

const document = z.strictObject({
  apiVersion: z.literal('tulle.dev/v1'),
  kind: z.literal('Blueprint'),
  metadata: z.strictObject({ name: z.string(), title: z.string().optional(), description: z.string().default('') }),
  spec: z.strictObject({
    makes: z.enum(['mesh', 'domain', 'product']),
    parameters: z.array(z.strictObject({
      name: z.string().regex(/^[a-z][a-z0-9_]*$/, 'must be lower case letters, digits and underscores'),
      description: z.string(),
      default: z.string().optional(),
      pattern: z.string().refine(isPattern, 'is no regular expression').optional(),
    })).default([]),
    data: z.string().optional(),
    keep: z.array(z.string()).default([]),
  }),
})

/** The largest file of a blueprint; templates are texts, not data. */
const LARGEST = 1024 * 1024

/** Reads `blueprint.yaml` and every file below `files/`. */
export function readBlueprint(folder: string): Result<Blueprint> {
  const file = join(folder, 'blueprint.yaml')
  const broken = (what: string): Result<Blueprint> => fail(messages['blueprint-broken']({ file, what }))
  try {
    const yaml = parseDocument(readFileSync(file, 'utf8'))
    const [error] = yaml.errors
    if (error !== undefined) return broken(error.message)
    const parsed = document.safeParse(yaml.toJS({ maxAliasCount: 0 }))
    if (!parsed.success) return broken(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
    const { metadata, spec } = parsed.data
    return ok({
      name: metadata.name,
      makes: spec.makes,
      description: metadata.description,
      parameters: spec.parameters.map(({ name, description, default: usual, pattern }) => ({ name, description, ...(usual !== undefined && { default: usual }), ...(pattern !== undefined && { pattern }) })),
      ...(spec.data !== undefined && { data: spec.data }),
      keep: spec.keep,
      files: readTemplates(join(folder, 'files')),
    })
  } catch (cause) {
    return broken(`${basename((cause as NodeJS.ErrnoException).path ?? file)} cannot be read (${reasonOf(cause)}).`)
  }
}

function readTemplates(folder: string): readonly Template[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const text = readFileSync(file, 'utf8')
      if (text.length > LARGEST) throw Object.assign(new Error('larger than 1 MB'), { path: file })
      return { path: file.slice(folder.length + 1).split(sep).join('/'), text }
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function isPattern(text: string): boolean {
  try {
    RegExp(text, 'u')
    return true
  } catch {
    return false
  }
}
