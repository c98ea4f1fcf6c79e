// A request of Confluent's API to its answer. Knows no HTTP server: whoever mounts it brings the caller's rights. What the caller
// may not read is not there.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { registryAnswer, registryError } from './answers.ts'
import { messages } from './messages.ts'
import type { SchemaRegistry, SubjectView } from './open-registry.ts'
import { serializedProtobuf } from './protobuf/understand-protobuf.ts'
import type { UnderstoodProtobuf } from './protobuf/understand-protobuf.ts'
import { readCompatibility, readMode, readSent } from './read-body.ts'
import type { Sent } from './read-body.ts'
import { matchRoute } from './routes.ts'
import type { Operation } from './routes.ts'
import type { Authority, Kept, Reference, RegistryAnswer, RegistryRequest, Version } from './types.ts'

interface Call {
  readonly registry: SchemaRegistry
  readonly authority: Authority
  readonly query: URLSearchParams
  readonly body: string
  readonly subject: string
  readonly version: string
  readonly id: string
}

type Handler = (call: Call) => Promise<Result<unknown>>

/** Answers a request of a caller who is known. `deed` names what was tried to be changed. What goes wrong inside is thrown. */
export async function serveRegistry(registry: SchemaRegistry, authority: Authority, request: RegistryRequest): Promise<RegistryAnswer & { readonly deed?: { readonly operation: string; readonly subject: string; readonly outcome: string } }> {
  const matched = matchRoute(request.method, request.path)
  if (matched === undefined) return registryError([messages['registry-route-missing']({ method: request.method, path: request.path })])
  const { route, named } = matched
  const subject = named['subject'] ?? ''
  const call: Call = { registry, authority, query: request.query, body: request.body, subject, version: named['version'] ?? '', id: named['id'] ?? '' }
  const refused = route.changes === true ? await whyNot(call) : ok(undefined)
  const result = refused.ok ? await HANDLERS[route.operation](call) : refused
  const answer = result.ok ? registryAnswer(result.value) : registryError(result.diagnostics)
  return route.changes !== true ? answer : { ...answer, deed: { operation: `schema-registry.${route.operation}`, subject: subject.slice(0, 200), outcome: result.ok ? 'ok' : (result.diagnostics[0]?.code ?? 'internal-error') } }
}

async function whyNot({ authority, subject }: Call): Promise<Result<void>> {
  const reason = subject === '' ? await authority.whyNotGovern() : await authority.whyNotWrite(subject)
  if (reason === undefined) return ok(undefined)
  return fail(subject === '' || await authority.mayRead(subject) ? messages['registry-forbidden']({ reason }) : messages['subject-missing']({ subject }))
}

const isSet = ({ query }: Call, name: string): boolean => query.get(name)?.toLowerCase() === 'true'

/** The subject with what the caller sees of it; a failure where there is nothing. */
async function seen(call: Call, deleted = isSet(call, 'deleted')): Promise<Result<SubjectView & { readonly shown: readonly Version[] }>> {
  const missing = fail(messages['subject-missing']({ subject: call.subject }))
  if (!await call.authority.mayRead(call.subject)) return missing
  const view = await call.registry.subject(call.subject)
  const shown = view.versions.filter((version) => deleted || !version.deleted)
  return shown.length === 0 ? missing : ok({ ...view, shown })
}

function readVersion(text: string): Result<number | 'latest'> {
  if (text === 'latest' || text === '-1') return ok('latest')
  const number = Number(text)
  return /^\d{1,10}$/u.test(text) && number >= 1 && number <= 2_147_483_647 ? ok(number) : fail(messages['schema-version-invalid']({ version: text }))
}

async function oneVersion(call: Call, deleted?: boolean): Promise<Result<Version>> {
  const wanted = readVersion(call.version)
  if (!wanted.ok) return wanted
  const view = await seen(call, deleted)
  if (!view.ok) return view
  const found = wanted.value === 'latest' ? view.value.shown.at(-1) : view.value.shown.find(({ version }) => version === wanted.value)
  return found === undefined ? fail(messages['schema-version-missing']({ version: call.version })) : ok(found)
}

async function byId(call: Call): Promise<Result<{ readonly schema: Kept; readonly places: readonly Version[] }>> {
  const missing = fail(messages['schema-id-missing']({ id: call.id }))
  const id = Number(call.id)
  if (!/^\d{1,10}$/u.test(call.id) || id > 2_147_483_647) return missing
  const schema = await call.registry.schema(id)
  if (schema === undefined) return missing
  const places: Version[] = []
  for (const place of await call.registry.places(id)) if (await call.authority.mayRead(place.subject)) places.push(place)
  return places.length === 0 ? missing : ok({ schema, places })
}

interface Shape { readonly schema: string; readonly schemaType?: string; readonly references?: readonly Reference[] }

async function shapeOf({ registry, query }: Call, schema: Kept): Promise<Shape> {
  const serialized = query.get('format') === 'serialized' && schema.type === 'PROTOBUF'
  const understood = serialized ? await registry.understand(schema) : undefined
  return {
    schema: understood?.ok === true ? serializedProtobuf(understood.value as UnderstoodProtobuf) : schema.text,
    ...(schema.type !== 'AVRO' && { schemaType: schema.type }), ...(schema.references.length > 0 && { references: schema.references }),
  }
}

const fullShape = async (call: Call, { subject, version, schema }: Version): Promise<object> => ({ subject, version, id: schema.id, ...await shapeOf(call, schema) })

const mapResult = async <T, U>(result: Result<T>, map: (value: T) => U | Promise<U>): Promise<Result<U>> => (result.ok ? ok(await map(result.value)) : result)

/** What the caller may not read cannot be referred to either. */
async function sentBy(call: Call): Promise<Result<Sent>> {
  const sent = readSent(call.body)
  if (!sent.ok) return sent
  for (const { subject, version } of sent.value.draft.references) {
    if (!await call.authority.mayRead(subject)) return fail(messages['schema-invalid']({ type: sent.value.draft.type, why: `no schema reference found for subject "${subject.slice(0, 200)}" and version ${version}` }))
  }
  return sent
}

async function readableUnder(call: Call, prefix: string): Promise<readonly Version[]> {
  const kept: Version[] = []
  const may = new Map<string, boolean>()
  for (const version of await call.registry.under(prefix)) {
    const known = may.get(version.subject) ?? await call.authority.mayRead(version.subject)
    may.set(version.subject, known)
    if (known) kept.push(version)
  }
  return kept
}

const HANDLERS: Readonly<Record<Operation, Handler>> = {
  root: async () => ok({}),
  types: async () => ok(['JSON', 'PROTOBUF', 'AVRO']),
  contexts: async () => ok(['.']),
  serverId: async () => ok({ scope: { path: [], clusters: { 'schema-registry-cluster': 'tulle' } }, id: '' }),
  serverVersion: async () => ok({ version: '7.9.0', commitId: 'tulle' }),

  schemas: async (call) => {
    const all = (await readableUnder(call, call.query.get('subjectPrefix') ?? '')).filter(({ deleted }) => isSet(call, 'deleted') || !deleted)
    const latest = isSet(call, 'latestOnly') ? all.filter((version, i) => all[i + 1]?.subject !== version.subject) : all
    const [offset, limit] = [Number(call.query.get('offset') ?? 0), Number(call.query.get('limit') ?? -1)]
    if (!Number.isInteger(offset) || !Number.isInteger(limit) || offset < 0) return fail(messages['registry-request-invalid']({ problem: 'offset and limit are whole numbers.' }))
    return ok(await Promise.all(latest.slice(offset, limit < 0 ? undefined : offset + limit).map((version) => fullShape(call, version))))
  },
  schemaById: async (call) => mapResult(await byId(call), ({ schema }) => shapeOf(call, schema)),
  schemaTextById: async (call) => mapResult(await byId(call), ({ schema }) => asJson(schema.text)),
  subjectsOfId: async (call) => mapResult(await byId(call), ({ places }) => [...new Set(places.filter(({ deleted }) => isSet(call, 'deleted') || !deleted).map(({ subject }) => subject))]),
  versionsOfId: async (call) => mapResult(await byId(call), ({ places }) => places.filter(({ deleted }) => isSet(call, 'deleted') || !deleted).map(({ subject, version }) => ({ subject, version }))),

  subjects: async (call) => {
    const all = await readableUnder(call, call.query.get('subjectPrefix') ?? '')
    const [withDeleted, onlyDeleted] = [isSet(call, 'deleted'), isSet(call, 'deletedOnly')]
    const bySubject = Map.groupBy(all, ({ subject }) => subject)
    return ok([...bySubject].filter(([, versions]) => (onlyDeleted ? versions.every(({ deleted }) => deleted) : withDeleted || versions.some(({ deleted }) => !deleted))).map(([subject]) => subject))
  },
  versions: async (call) => mapResult(await seen(call), ({ shown }) => shown.map(({ version }) => version)),
  version: async (call) => mapResult(await oneVersion(call), (version) => fullShape(call, version)),
  versionText: async (call) => mapResult(await oneVersion(call), ({ schema }) => asJson(schema.text)),
  referencedBy: async (call) => {
    const version = await oneVersion(call)
    if (!version.ok) return version
    const ids: number[] = []
    for (const id of await call.registry.referredBy(version.value)) if ((await byId({ ...call, id: String(id) })).ok) ids.push(id)
    return ok(ids)
  },
  lookup: async (call) => {
    const sent = await sentBy(call)
    if (!sent.ok) return sent
    const view = await seen(call)
    if (!view.ok) return view
    const found = await call.registry.find(call.subject, sent.value.draft, { normalize: isSet(call, 'normalize'), deleted: isSet(call, 'deleted') })
    if (!found.ok) return found
    return found.value === undefined ? fail(messages['schema-missing']({})) : ok(await fullShape(call, found.value))
  },
  register: async (call) => {
    const sent = await sentBy(call)
    if (!sent.ok) return sent
    const { draft, id, version } = sent.value
    const made = await call.registry.register(call.subject, draft, { normalize: isSet(call, 'normalize'), ...(id !== undefined && { id }), ...(version !== undefined && { version }) })
    if (!made.ok) return made
    const kept = await call.registry.schema(made.value.id)
    return ok({ id: made.value.id, version: made.value.version, ...(kept !== undefined && await shapeOf(call, kept)) })
  },
  deleteSubject: async (call) => {
    const permanent = isSet(call, 'permanent')
    const view = await seen(call, true)
    if (!view.ok) return view
    const [hidden, shown] = [view.value.versions.filter(({ deleted }) => deleted), view.value.versions.filter(({ deleted }) => !deleted)]
    if (!permanent && shown.length === 0) return fail(messages['subject-soft-deleted']({ subject: call.subject }))
    if (permanent && shown.length > 0) return fail(messages['subject-not-soft-deleted']({ subject: call.subject }))
    const going = permanent ? hidden : shown
    return mapResult(await call.registry.remove(call.subject, going, { permanent, whole: true }), () => going.map(({ version }) => version))
  },
  deleteVersion: async (call) => {
    const permanent = isSet(call, 'permanent')
    // The newest is the newest that is there.
    const found = await oneVersion(call, call.version !== 'latest' && call.version !== '-1')
    if (!found.ok) return found
    const version = String(found.value.version)
    if (!permanent && found.value.deleted) return fail(messages['version-soft-deleted']({ subject: call.subject, version }))
    if (permanent && !found.value.deleted) return fail(messages['version-not-soft-deleted']({ subject: call.subject, version }))
    return mapResult(await call.registry.remove(call.subject, [found.value], { permanent, whole: false }), () => found.value.version)
  },

  testVersion: async (call) => {
    const sent = await sentBy(call)
    if (!sent.ok) return sent
    const against = await oneVersion(call)
    if (!against.ok) return against
    return mapResult(await call.registry.judge(call.subject, sent.value.draft, against.value), (problems) => verdict(call, problems))
  },
  testAll: async (call) => {
    const sent = await sentBy(call)
    if (!sent.ok) return sent
    const view = await seen(call)
    if (!view.ok) return view
    return mapResult(await call.registry.judge(call.subject, sent.value.draft), (problems) => verdict(call, problems))
  },

  getConfig: async (call) => setOf(call, 'compatibility', (compatibilityLevel) => ({ compatibilityLevel }), () => messages['compatibility-not-set']({ subject: call.subject })),
  getMode: async (call) => setOf(call, 'mode', (mode) => ({ mode }), () => messages['mode-not-set']({ subject: call.subject })),
  setConfig: async (call) => {
    const level = readCompatibility(call.body)
    if (!level.ok) return level
    return mapResult(await call.registry.setCompatibility(call.subject, level.value), () => ({ compatibility: level.value }))
  },
  setMode: async (call) => {
    const mode = readMode(call.body)
    if (!mode.ok) return mode
    return mapResult(await call.registry.setMode(call.subject, mode.value, isSet(call, 'force')), () => ({ mode: mode.value }))
  },
  dropConfig: async (call) => {
    const { set } = await call.registry.subject(call.subject)
    if (call.subject !== '' && set.compatibility === undefined) return fail(messages['subject-missing']({ subject: call.subject }))
    const { compatibility } = await call.registry.effective(call.subject)
    return mapResult(await call.registry.setCompatibility(call.subject, null), () => ({ compatibilityLevel: compatibility }))
  },
  dropMode: async (call) => {
    const { set } = await call.registry.subject(call.subject)
    if (set.mode === undefined) return fail(messages['subject-missing']({ subject: call.subject }))
    const { mode } = set
    return mapResult(await call.registry.setMode(call.subject, null, true), () => ({ mode }))
  },
}

const verdict = (call: Call, problems: readonly string[]): object => ({ is_compatible: problems.length === 0, ...(isSet(call, 'verbose') && { messages: problems }) })

/** Texts of Avro and JSON Schema are JSON, and travel as such where the schema alone is asked for. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

async function setOf<K extends 'compatibility' | 'mode'>(call: Call, what: K, shape: (value: string) => object, missing: () => ReturnType<(typeof messages)['mode-not-set']>): Promise<Result<object>> {
  if (call.subject !== '' && !await call.authority.mayRead(call.subject)) return fail(messages['subject-missing']({ subject: call.subject }))
  const effective = await call.registry.effective(call.subject)
  if (call.subject === '' || isSet(call, 'defaultToGlobal')) return ok(shape(effective[what]))
  const { set } = await call.registry.subject(call.subject)
  const own = set[what]
  return own === undefined ? fail(missing()) : ok(shape(own))
}
