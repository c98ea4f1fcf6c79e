// `tulle dbt artifacts`: what a run on the server made of its product's models, as files that tools of dbt read.

import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Client } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { messages } from '../messages.ts'
import type { World } from '../types.ts'

interface DbtFiles { readonly manifest: Json; readonly runResults: Json; readonly catalog: Json }
interface ArtifactsOptions extends RemoteOptions { readonly run?: string; readonly to: string }

export function registerDbtArtifacts(family: Command, world: World): void {
  withServer(family.command('artifacts').argument('<product>'))
    .description('write manifest.json, run_results.json and catalog.json of a run of the product')
    .option('--run <run>', 'which run; the newest that built models where none is named')
    .option('--to <folder>', 'where to', 'target')
    .action(act(world, (options: ArtifactsOptions, product: string) => withClient<Answer>(world, options, (client) => write(world, client, options, product))))
}

async function write(world: World, client: Client, { run, to }: ArtifactsOptions, product: string): Promise<Result<Answer>> {
  const found = run === undefined ? await newest(client, product) : await client.getDbtArtifacts({ run })
  if (!found.ok) return found
  const folder = resolve(world.folder, to)
  const files: Readonly<Record<string, Json>> = { 'manifest.json': found.value.manifest, 'run_results.json': found.value.runResults, 'catalog.json': found.value.catalog }
  await mkdir(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content))
  const paths = Object.keys(files).map((name) => join(folder, name))
  return ok({ json: paths, text: () => `Wrote ${paths.join(', ')}.` })
}

/** A run that was skipped built nothing, so the one before it is asked. */
async function newest(client: Client, product: string): Promise<Result<DbtFiles>> {
  const listed = await client.listRuns({ product, limit: 50 })
  if (!listed.ok) return listed
  for (const { id } of listed.value.runs) {
    const found = await client.getDbtArtifacts({ run: id })
    if (found.ok || !found.diagnostics.some(({ code }) => code === 'run-without-models')) return found
  }
  return fail(messages['no-models-built']({ product }))
}
