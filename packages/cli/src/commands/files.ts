// `tulle files link|get PRODUCT[.DATASET]`: a snapshot of a data set as a file, by a link that may be handed on, or here and now.

import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { Client, FileLinkAnswer } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { columnOf, spanOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { messages } from '../messages.ts'
import { renderFacts } from '../table.ts'
import type { World } from '../types.ts'

interface FileOptions extends RemoteOptions {
  readonly format: 'parquet' | 'csv' | 'arrow'
  readonly snapshot?: string
  readonly columns?: string
  readonly purpose?: string
  readonly expires: string
  readonly to?: string
}

export function registerFiles(program: Command, world: World): void {
  const family = program.command('files').description('snapshots of data sets as files, masked and filtered as you see them')
  asked(withServer(family.command('link')))
    .description('make a link to a file: whoever has the link has the file, until it expires or your rights end')
    .option('--expires <span>', 'how long it lasts, such as 12h or 2d; 7d at most', '1h')
    .action(act(world, (options: FileOptions, data: string) => withClient<Answer>(world, options, async (client) => {
      const made = await linkOf(client, options, data)
      return made.ok ? ok({ json: made.value, text: () => `${renderLink(made.value)}\n${made.value.url}` }) : made
    })))
  asked(withServer(family.command('get')))
    .description('fetch the file')
    .option('--to <file>', 'where to; its data set and format in this folder unless told')
    .action(act(world, (options: Omit<FileOptions, 'expires'>, data: string) => withClient<Answer>(world, options, async (client) => {
      const made = await linkOf(client, { ...options, expires: '1h' }, data)
      return made.ok ? fetchFile(world, made.value, options.to ?? `${made.value.dataSet}.${made.value.format}`) : made
    })))
}

const asked = (command: Command): Command => command
  .argument('<data>', 'a data set, or a product that has one of its own name, such as flights or flights.flights')
  .addOption(new Option('--format <format>', 'of the file').choices(['parquet', 'csv', 'arrow']).default('parquet'))
  .option('--snapshot <id>', 'a version by its id or tag; the one that is published now unless told')
  .option('--columns <names>', 'only these, with commas')
  .option('--purpose <purpose>', 'what it is read for, where you have several')

async function linkOf(client: Client, { format, snapshot, columns, purpose, expires }: FileOptions, data: string): Promise<Result<FileLinkAnswer>> {
  const named = columnOf('data', data)
  if (!named.ok) return named
  const span = spanOf('--expires', expires)
  if (!span.ok) return span
  const { product, dataSet = product } = named.value
  return client.linkFile({
    product, dataSet, format, seconds: Math.floor(span.value / 1000),
    ...(snapshot !== undefined && { snapshot }), ...(columns !== undefined && { columns }), ...(purpose !== undefined && { purpose }),
  })
}

/** What is not whole is not there: the file gets its name at its end. */
async function fetchFile(world: World, { url, snapshot, format }: FileLinkAnswer, to: string): Promise<Result<Answer>> {
  const draft = `${to}.part`
  try {
    const answer = await fetch(url, { signal: world.signal })
    if (!answer.ok || answer.body === null) return fail(messages['file-not-fetched']({ reason: `the server answered ${answer.status}` }))
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(draft))
    await rename(draft, to)
    const bytes = Number(answer.headers.get('content-length'))
    return ok({ json: { file: to, format, snapshot, bytes }, text: () => `${to}: ${bytes} bytes of snapshot ${snapshot}.` })
  } catch (error) {
    await rm(draft, { force: true })
    return fail(messages['file-not-fetched']({ reason: error instanceof Error ? error.message : String(error) }))
  }
}

const renderLink = ({ product, dataSet, format, snapshot, purpose, columns, expiresAt }: FileLinkAnswer): string => renderFacts([
  ['file', `${product}.${dataSet} as ${format}${columns === undefined ? '' : `, ${columns.join(', ')}`}`], ['snapshot', snapshot], ['purpose', purpose], ['until', formatInstant(expiresAt)],
])
