// The registry: what is asked of it is answered from memory where it can be, and what changes it goes to PostgreSQL first.

import { sha256 } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Database, Store } from '@tulle/store'
import type { Transaction } from 'kysely'
import { BoundedCache } from './bounded-cache.ts'
import { judgeCompatibility } from './judge-compatibility.ts'
import {
  addVersion, changeSchemas, changeSchemasIn, findByMeaning, findSchema, hideVersions, idsReferringTo, keepSchema, removeVersions, SCHEMAS_CHANNEL, setForSubject, settingsOf, versionsOf, versionsUnder, versionsWith,
} from './keep-schemas.ts'
import { messages } from './messages.ts'
import type { UnderstoodProtobuf } from './protobuf/understand-protobuf.ts'
import type { CompatibilityLevel, Draft, Kept, Mode, Reference, SubjectSettings, Understood, Version } from './types.ts'
import { understandSchema } from './understand-schema.ts'

const MEMORY_CHARACTERS = 32_000_000
const MOST_REFERENCES = 100
const DEFAULTS: Required<SubjectSettings> = { compatibility: 'BACKWARD', mode: 'READWRITE' }
type Db = Store['db'] | Transaction<Database>

export interface SubjectView {
  /** Oldest first, hidden ones too. */
  readonly versions: readonly Version[]
  readonly set: SubjectSettings
  readonly declared: boolean
}

export interface RegisterOptions { readonly normalize?: boolean; /** Numbers from elsewhere, where the mode is IMPORT. */ readonly id?: number; readonly version?: number }

export interface SchemaRegistry {
  subject(name: string): Promise<SubjectView>
  /** Every version of subjects that begin so, hidden ones too. */
  under(prefix: string): Promise<readonly Version[]>
  schema(id: number): Promise<Kept | undefined>
  /** Where a schema is, hidden places too. */
  places(id: number): Promise<readonly Version[]>
  /** What holds for a subject, by its own rules or by those for all. */
  effective(subject: string): Promise<Required<SubjectSettings>>
  understand(draft: Draft): Promise<Result<Understood>>
  /** The texts that references lead to, each after those that it needs. */
  texts(references: readonly Reference[]): Promise<Result<readonly { readonly name: string; readonly text: string }[]>>
  /** The version under which the same schema is in the subject, the newest first. */
  find(subject: string, draft: Draft, options: { readonly normalize: boolean; readonly deleted: boolean }): Promise<Result<Version | undefined>>
  register(subject: string, draft: Draft, options?: RegisterOptions): Promise<Result<{ readonly id: number; readonly version: number }>>
  /** What stands in the way of a schema under the subject's rules, held against one version or against its history. */
  judge(subject: string, draft: Draft, against?: Version): Promise<Result<readonly string[]>>
  referredBy(version: Version): Promise<readonly number[]>
  remove(subject: string, versions: readonly Version[], options: { readonly permanent: boolean; readonly whole: boolean }): Promise<Result<void>>
  setCompatibility(subject: string, level: CompatibilityLevel | null): Promise<Result<void>>
  setMode(subject: string, mode: Mode | null, force: boolean): Promise<Result<void>>
  /** What a contract says of a subject: its schema and its rules, in the transaction that applies them. */
  declare(tx: Transaction<Database>, subject: string, draft: Draft, compatibility: CompatibilityLevel): Promise<Result<{ readonly id: number; readonly version: number }>>
  /** No contract says anything of a subject any more: what is there stays, and whoever may write to its product keeps it. */
  release(tx: Transaction<Database>, subject: string): Promise<void>
  close(): Promise<void>
}

export async function openRegistry(store: Store): Promise<SchemaRegistry> {
  const { db } = store
  const subjects = new BoundedCache<Promise<SubjectView>>(MEMORY_CHARACTERS)
  const schemas = new BoundedCache<Promise<Kept | undefined>>(MEMORY_CHARACTERS)
  const places = new BoundedCache<Promise<readonly Version[]>>(MEMORY_CHARACTERS)
  const understood = new BoundedCache<Understood>(MEMORY_CHARACTERS)
  const forget = (): void => {
    for (const cache of [subjects, schemas, places]) cache.clear()
  }
  const unlisten = await store.listen(SCHEMAS_CHANNEL, forget)

  const remember = async <T>(cache: BoundedCache<Promise<T>>, key: string, look: () => Promise<T>, weigh: (value: T) => number): Promise<T> => {
    const known = cache.get(key)
    if (known !== undefined) return known
    const looking = look()
    cache.set(key, looking, 200)
    try {
      const value = await looking
      if (cache.get(key) === looking) cache.set(key, looking, 200 + weigh(value))
      return value
    } catch (error) {
      cache.clear()
      throw error
    }
  }
  const weighAll = (versions: readonly Version[]): number => versions.reduce((sum, { schema }) => sum + schema.text.length, 0)
  const look = async (from: Db, name: string): Promise<SubjectView> => {
    const { declared, ...set } = await settingsOf(from, name)
    return { versions: await versionsOf(from, name), set, declared }
  }
  const subject = (name: string): Promise<SubjectView> => remember(subjects, name, () => look(db, name), ({ versions }) => weighAll(versions))
  const schema = (id: number): Promise<Kept | undefined> => remember(schemas, String(id), () => findSchema(db, id), (kept) => kept?.text.length ?? 0)

  const effectiveOf = async (view: (name: string) => Promise<SubjectView>, name: string): Promise<Required<SubjectSettings>> => ({ ...DEFAULTS, ...(await view('')).set, ...(await view(name)).set })

  const understand = async ({ type, text, references }: Draft): Promise<Result<Understood>> => {
    const found = await collect(references, subject)
    if (!found.ok) return found
    const key = sha256(JSON.stringify([type, text, found.value]))
    const known = understood.get(key)
    if (known !== undefined) return ok(known)
    const made = understandSchema(type, text, found.value)
    // A schema in memory is several times its text.
    if (made.ok) understood.set(key, made.value, 8 * (text.length + found.value.reduce((sum, one) => sum + one.text.length, 0)))
    return made
  }
  const understandKept = async (kept: Draft): Promise<Understood | undefined> => {
    const made = await understand(kept)
    return made.ok ? made.value : undefined
  }
  const judgeBy = async (draft: Draft, level: CompatibilityLevel, versions: readonly Version[]): Promise<Result<readonly string[]>> => {
    const next = await understand(draft)
    if (!next.ok) return next
    const history = await Promise.all(versions.map(({ schema: kept }) => understandKept(kept)))
    return ok(judgeCompatibility(level, next.value, history.filter((one) => one !== undefined)))
  }

  const registerIn = async (tx: Transaction<Database>, name: string, given: Draft, { normalize = false, id, version }: RegisterOptions, rules?: { readonly compatibility: CompatibilityLevel }): Promise<Result<{ readonly id: number; readonly version: number }>> => {
    const draft = await settled(given, subject)
    if (!draft.ok) return draft
    const next = await understand(draft.value)
    if (!next.ok) return next
    const hashes = hashesOf(draft.value, next.value)
    const known = (await findByMeaning(tx, name, normalize ? { normalized: hashes.normalized } : { canonical: hashes.canonical })).find(({ deleted }) => !deleted)
    if (known !== undefined && id === undefined) return ok({ id: known.schema.id, version: known.version })
    const view = (other: string): Promise<SubjectView> => look(tx, other)
    const { mode, compatibility } = { ...await effectiveOf(view, name), ...rules }
    if (rules === undefined && (mode === 'READONLY' || mode === 'READONLY_OVERRIDE')) return fail(messages['subject-read-only']({ subject: name, mode }))
    if (id !== undefined && mode !== 'IMPORT') return fail(messages['mode-not-possible']({ why: `Subject ${name} is not in import mode.` }))
    const { versions } = await view(name)
    const problems = mode === 'IMPORT' ? ok([]) : await judgeBy(draft.value, compatibility, versions.filter(({ deleted }) => !deleted))
    if (!problems.ok) return problems
    if (problems.value.length > 0) return fail(messages['schema-incompatible']({ subject: name, problems: problems.value }))
    if (version !== undefined && versions.some((one) => one.version === version)) return fail(messages['mode-not-possible']({ why: `Subject ${name} has a version ${version} already.` }))
    const text = next.value.type === 'PROTOBUF' ? (next.value as UnderstoodProtobuf).text : draft.value.text
    const kept = await keepSchema(tx, { ...draft.value, text, ...hashes, ...(id !== undefined && { id }) })
    if (kept === undefined) return fail(messages['mode-not-possible']({ why: `The id ${id ?? ''} is another schema's, or the schema has another id already.` }))
    return ok({ id: kept, version: await addVersion(tx, name, kept, version) })
  }
  /** What one process changed, it sees at once; the others hear of it. */
  const changing = async <T>(change: (tx: Transaction<Database>) => Promise<T>): Promise<T> => {
    try {
      return await changeSchemas(db, change)
    } finally {
      forget()
    }
  }

  return {
    subject,
    schema,
    under: (prefix) => versionsUnder(db, prefix),
    places: (id) => remember(places, String(id), () => versionsWith(db, id), weighAll),
    effective: (name) => effectiveOf(subject, name),
    understand,
    texts: (references) => collect(references, subject),
    find: async (name, given, { normalize, deleted }) => {
      const draft = await settled(given, subject)
      if (!draft.ok) return draft
      const next = await understand(draft.value)
      if (!next.ok) return next
      const hashes = hashesOf(draft.value, next.value)
      const { versions } = await subject(name)
      const same = async (version: Version): Promise<boolean> => {
        const made = await understandKept(version.schema)
        if (made === undefined) return false
        const other = hashesOf(version.schema, made)
        return normalize ? other.normalized === hashes.normalized : other.canonical === hashes.canonical
      }
      for (const version of versions.toReversed()) if ((deleted || !version.deleted) && await same(version)) return ok(version)
      return ok(undefined)
    },
    register: async (name, draft, options = {}) => {
      if ((await subject(name)).declared) {
        const known = await understand(draft)
        return known.ok ? fail(messages['subject-declared']({ subject: name })) : known
      }
      return changing((tx) => registerIn(tx, name, draft, options))
    },
    judge: async (name, draft, against) => {
      const settledDraft = await settled(draft, subject)
      if (!settledDraft.ok) return settledDraft
      const { compatibility } = await effectiveOf(subject, name)
      return judgeBy(settledDraft.value, compatibility, against === undefined ? (await subject(name)).versions.filter(({ deleted }) => !deleted) : [against])
    },
    referredBy: ({ subject: name, version }) => idsReferringTo(db, name, version),
    remove: (name, versions, { permanent, whole }) => changing(async (tx): Promise<Result<void>> => {
      const { set, declared } = await look(tx, name)
      if (declared) return fail(messages['subject-declared']({ subject: name }))
      if (set.mode === 'READONLY' || set.mode === 'READONLY_OVERRIDE') return fail(messages['subject-read-only']({ subject: name, mode: set.mode }))
      for (const version of versions) if ((await idsReferringTo(tx, name, version.version)).length > 0) return fail(messages['reference-exists']({ subject: name, version: version.version }))
      const numbers = versions.map(({ version }) => version)
      await (permanent ? removeVersions : hideVersions)(tx, name, numbers)
      if (whole) await tx.deleteFrom('registry_subject').where('subject', '=', name).where('subject', '<>', '').execute()
      return ok(undefined)
    }),
    setCompatibility: (name, level) => changing(async (tx): Promise<Result<void>> => {
      if ((await look(tx, name)).declared) return fail(messages['subject-declared']({ subject: name }))
      await setForSubject(tx, name, { compatibility: level })
      return ok(undefined)
    }),
    setMode: (name, mode, force) => changing(async (tx): Promise<Result<void>> => {
      const { versions, declared } = await look(tx, name)
      if (declared) return fail(messages['subject-declared']({ subject: name }))
      const some = name === '' ? (await versionsUnder(tx, '')).length > 0 : versions.some(({ deleted }) => !deleted)
      if (mode === 'IMPORT' && !force && some) return fail(messages['mode-not-possible']({ why: 'Cannot import since found existing subjects.' }))
      await setForSubject(tx, name, { mode })
      return ok(undefined)
    }),
    declare: async (tx, name, draft, compatibility) => {
      const made = await changeSchemasIn(tx, async () => {
        const registered = await registerIn(tx, name, draft, {}, { compatibility })
        if (registered.ok) await setForSubject(tx, name, { compatibility, declared: true })
        return registered
      })
      forget()
      return made
    },
    release: async (tx, name) => {
      await changeSchemasIn(tx, () => setForSubject(tx, name, { declared: false }))
      forget()
    },
    close: async () => unlisten(),
  }
}

/** References with the number that `-1`, the newest, stands for. */
async function settled(draft: Draft, subject: (name: string) => Promise<SubjectView>): Promise<Result<Draft>> {
  const references: Reference[] = []
  for (const reference of draft.references) {
    const { versions } = await subject(reference.subject)
    const found = reference.version === -1 ? versions.findLast(({ deleted }) => !deleted) : versions.find(({ version }) => version === reference.version)
    if (found === undefined) return fail(messages['schema-invalid']({ type: draft.type, why: `no schema reference found for subject "${reference.subject.slice(0, 200)}" and version ${reference.version}` }))
    references.push({ ...reference, version: found.version })
  }
  return ok({ ...draft, references })
}

/** The texts of references, each after those that it needs, each once. */
async function collect(references: readonly Reference[], subject: (name: string) => Promise<SubjectView>): Promise<Result<readonly { readonly name: string; readonly text: string }[]>> {
  const found = new Map<string, { readonly name: string; readonly text: string }>()
  let missing: Reference | undefined
  const add = async (more: readonly Reference[], depth: number): Promise<void> => {
    for (const reference of more) {
      if (found.has(reference.name) || missing !== undefined) continue
      const { versions } = await subject(reference.subject)
      const version = reference.version === -1 ? versions.at(-1) : versions.find((one) => one.version === reference.version)
      if (version === undefined || depth > 10 || found.size >= MOST_REFERENCES) { missing = reference; return }
      await add(version.schema.references, depth + 1)
      found.set(reference.name, { name: reference.name, text: version.schema.text })
    }
  }
  await add(references, 0)
  return missing === undefined ? ok([...found.values()]) : fail(messages['schema-invalid']({ type: 'AVRO', why: `no schema reference found for subject "${missing.subject.slice(0, 200)}" and version ${missing.version}, or there are too many` }))
}

const hashesOf = ({ references }: Draft, { type, canonical, normalized }: Understood): { readonly canonical: string; readonly normalized: string } =>
  ({ canonical: sha256(JSON.stringify([type, canonical, references])), normalized: sha256(JSON.stringify([type, normalized, references.toSorted((a, b) => (a.name < b.name ? -1 : 1))])) })
