// Manifests, to and from their files. The file's name carries the start of the SHA-256 of its own text, so that a manifest
// that was cut short, or changed by a byte, is no manifest. What it says is believed only after its shape was checked.

import { z } from 'zod'
import type { Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import { messages } from './messages.ts'
import { checkPlace } from './open-place.ts'
import type { Backup, Content, Manifest, Place } from './types.ts'
import { OBJECT_KINDS } from './types.ts'

const FORMAT = 1

const count = z.int().min(0)
const content = { sha256: z.string().regex(/^[0-9a-f]{64}$/u), bytes: count }
const name = z.string().min(1).max(63)
const homeFile = z.string().regex(/^(?:logs\/audit\.jsonl|audit\/[0-9]{12}\.jsonl|(?:secrets|tls)\/\.?[A-Za-z0-9_-][A-Za-z0-9._-]{0,99})$/u)
const manifest = z.strictObject({
  format: z.literal(FORMAT),
  takenAt: z.iso.datetime(),
  tulle: z.string().max(100),
  warehouse: z.string().endsWith('/').max(2000),
  state: z.strictObject({
    migration: count,
    runtime: count,
    tables: z.array(z.strictObject({ schema: name, name, columns: z.array(name), rows: count, ...content })),
    sequences: z.array(z.strictObject({ schema: name, name, value: z.string().regex(/^-?\d{1,19}$/u), called: z.boolean() })),
  }),
  objects: z.array(z.strictObject({ path: z.string().min(1).max(2000), kind: z.enum(OBJECT_KINDS), ...content })),
  files: z.array(z.strictObject({ path: homeFile, ...content })),
  needs: z.array(z.strictObject({ path: homeFile, sha256: content.sha256 })).optional(),
})

/** Writes a manifest: from here on the backup exists. Answers its id. */
export async function writeManifest({ objects }: Place, made: Manifest): Promise<Result<string>> {
  const text = `${JSON.stringify(made, null, 1)}\n`
  const id = `${made.takenAt.replaceAll(/[-:]/gu, '')}-${sha256(text).slice(0, 16)}`
  const written = await objects.create(`backups/${id}.json`, Buffer.from(text))
  return written.ok ? ok(id) : written
}

const NAME = /\/backups\/(?<id>[0-9TZ.]{16,24}-(?<hash>[0-9a-f]{16}))\.json$/u

/** The ids of all backups of a place, newest first. Their manifests are not read. */
export async function listBackups(place: Place): Promise<Result<readonly string[]>> {
  const known = await checkPlace(place)
  if (!known.ok) return known
  const ids: string[] = []
  for await (const address of place.objects.list('backups')) {
    const id = NAME.exec(address)?.groups?.['id']
    if (id !== undefined) ids.push(id)
  }
  return ok(ids.toSorted().toReversed())
}

/** Reads one backup's manifest; the newest unless told which. */
export async function readBackup(place: Place, id?: string): Promise<Result<Backup>> {
  const ids = await listBackups(place)
  if (!ids.ok) return ids
  const wanted = id === undefined ? ids.value[0] : ids.value.find((one) => one === id)
  if (wanted === undefined) return fail(messages['backup-missing']({ place: place.name, id }))
  const file = place.objects.address(`backups/${wanted}.json`)
  const bytes = await place.objects.read(file)
  if (!bytes.ok) return bytes
  const damaged = (problem: string): Result<Backup> => fail(messages['backup-damaged']({ file, problem }))
  if (!wanted.endsWith(sha256(bytes.value).slice(0, 16))) return damaged('its text is not what its name says')
  try {
    const value = JSON.parse(Buffer.from(bytes.value).toString('utf8')) as { readonly format?: unknown }
    if (typeof value.format === 'number' && value.format > FORMAT) return fail(messages['backup-newer']({ file, found: value.format, known: FORMAT }))
    const read = manifest.safeParse(value)
    const issue = read.error?.issues[0]
    return read.success ? ok({ id: wanted, manifest: read.data }) : damaged(`${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim())
  } catch {
    return damaged('it is no JSON')
  }
}

/** Everything that a backup leads to, with what it is. */
export const contentsOf = ({ state, objects, files }: Manifest): readonly (readonly [string, Content])[] => [
  ...state.tables.map((table) => [`the rows of ${table.schema}.${table.name}`, table] as const),
  ...[...objects, ...files].map((one) => [one.path, one] as const),
]
