// `tulle schema`: the JSON Schemas of the mesh's documents, for editors.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { act } from '../act.ts'
import type { Answer } from '../act.ts'
import { reasonOf } from '../home.ts'
import { messages } from '../messages.ts'
import type { World } from '../types.ts'

export function registerSchema(program: Command, world: World): void {
  program.command('schema')
    .description('print the JSON Schema of a kind of document, for editors; without one, list the kinds')
    .argument('[kind]', 'such as data-product')
    .option('--out <folder>', 'write the schema of each kind to a file of its own')
    .action(act(world, (options: { out?: string }, kind: string | undefined) => schema(world, options, kind)))
}

async function schema(world: World, options: { readonly out?: string }, kind: string | undefined): Promise<Result<Answer>> {
  const { jsonSchemas } = await import('@tulle/model')
  const schemas = new Map(Object.entries(jsonSchemas()))
  if (options.out !== undefined) return writeAll(resolve(world.folder, options.out), schemas)
  if (kind === undefined) return ok({ text: () => [...schemas.keys()].join('\n') })
  const found = schemas.get(kind)
  if (found === undefined) return fail(messages['bad-argument']({ argument: 'kind', value: kind, want: `one of ${[...schemas.keys()].join(', ')}.${didYouMean(kind, schemas.keys())}` }))
  return ok({ text: () => JSON.stringify(found, null, 2) })
}

function writeAll(folder: string, schemas: ReadonlyMap<string, unknown>): Result<Answer> {
  try {
    mkdirSync(folder, { recursive: true })
    const files = [...schemas].map(([kind, found]) => {
      const file = join(folder, `${kind}.json`)
      writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`)
      return file
    })
    return ok({ text: () => files.map((file) => `wrote ${file}`).join('\n') })
  } catch (cause) {
    return fail(messages['file-unwritable']({ file: folder, reason: reasonOf(cause) }))
  }
}
