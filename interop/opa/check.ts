// Asks a real OPA: the bundle that it compiles, the server that it is, and policies of ours that say the same.

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import { join } from 'node:path'
import type { Json } from '@tulle/kernel'
import { compilePolicy, decideAsking } from '@tulle/policy'
import type { AppliedPolicy, Decision, RegoAnswer, Subject } from '@tulle/policy'
import { openRegoDesk } from '@tulle/rego'
import { freePort, startTulle } from '@tulle/server/testing'

const [opa = 'opa'] = process.argv.slice(2)
const here = import.meta.dirname
const sources = join(here, '../../packages/rego/src/testing')
const work = mkdtempSync(join(tmpdir(), 'tulle-opa-'))
const counts = { passed: 0, failed: 0 }
function check(what: string, found: unknown, wanted: unknown): void {
  const good = isDeepStrictEqual(found, wanted)
  counts[good ? 'passed' : 'failed'] += 1
  if (!good) console.log(`FAILED ${what}: found ${JSON.stringify(found)?.slice(0, 400)}, wanted ${JSON.stringify(wanted)?.slice(0, 400)}`)
}

const ENTRYPOINTS = ['decision', 'yes', 'nothing', 'loose', 'listed', 'large', 'broken'] as const
/** What is compiled, and what the server reads: an OPA that Go built has no engine for WebAssembly. */
const folder = join(work, 'rego')
function build(): string {
  mkdirSync(folder)
  cpSync(join(sources, 'policy.rego'), join(folder, 'policy.rego'))
  writeFileSync(join(folder, 'data.json'), '{"friends": {"ana": true}}')
  const built = spawnSync(opa, ['build', '-t', 'wasm', ...ENTRYPOINTS.flatMap((one) => ['-e', `tulle/${one}`]), folder, '-o', join(work, 'bundle.tar.gz')], { encoding: 'utf8' })
  check('opa build', [built.status, built.stderr], [0, ''])
  return join(work, 'bundle.tar.gz')
}

async function serve(port: number): Promise<ChildProcess> {
  const server = spawn(opa, ['run', '--server', '--skip-version-check', '--addr', `127.0.0.1:${port}`, '--log-level', 'error', '-b', folder], { stdio: ['ignore', 'inherit', 'inherit'] })
  for (let tries = 0; tries < 300; tries += 1) {
    const healthy = await fetch(`http://127.0.0.1:${port}/health?bundles`).then((answer) => answer.ok, () => false)
    if (healthy) return server
    await new Promise((wake) => setTimeout(wake, 100))
  }
  throw new Error('OPA does not serve')
}
async function kill(server: ChildProcess): Promise<void> {
  const gone = new Promise((done) => server.once('exit', done))
  server.kill('SIGKILL')
  await gone
}

const bundle = build()
const base64 = readFileSync(bundle).toString('base64')
const port = await freePort()
const address = `http://127.0.0.1:${port}`
let server = await serve(port)
const desk = openRegoDesk({ hosts: new Set([`127.0.0.1:${port}`]), secret: () => undefined })
const ask = async (entrypoint: string, source: { readonly bundle: string } | { readonly server: string }, input: Json): Promise<RegoAnswer | undefined> => (await desk.ask([{ rule: 'p.r', source: { entrypoint: `tulle/${entrypoint}`, ...source }, input }]))[0]

// Sets of Rego have no order.
const sorted = (value: Json | undefined): Json | undefined => (Array.isArray(value) ? (value as readonly Json[]).map((one) => sorted(one) ?? null).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sorted(one as Json) ?? null])) : value)
const plain = (answer: RegoAnswer | undefined): Json => (answer === undefined ? null : 'value' in answer ? { value: sorted(answer.value) ?? null } : 'failed')

// Every question, to the bundle that was just compiled, to the one that the unit tests keep, and to the server.
const product = { id: 'p', name: 'guests', domain: 'stay', team: 'owners' }
const COLUMNS = [{ name: 'id', type: 'long' }, { name: 'email', type: 'string', classification: 'personal' }, { name: 'city', type: 'string' }, { name: 'wage', type: 'double', classification: 'secret' }]
const questions = ['consumer', 'steward', 'owner'].flatMap((role) => [[], ['suspended'], ['a', 'b']].flatMap((teams) => ['care', 'curiosity'].flatMap((purpose) => [{}, { city: 'Oslo' }, { city: "O'Hara" }].map((attributes) => ({
  purpose, subject: { id: 'ana', name: 'ana', kind: 'user', role, teams, attributes } as Subject,
})))))
const kept = readFileSync(join(sources, 'bundle.tar.gz')).toString('base64')
for (const { subject, purpose } of questions) {
  const input: Json = { action: 'read', purpose, environment: 'prod', subject: subject as unknown as Json, product, data_set: { name: 'guests', columns: COLUMNS.map((column) => ({ classification: '', ...column })) } }
  const answers = await Promise.all([ask('decision', { bundle: base64 }, input), ask('decision', { server: address }, input), ask('decision', { bundle: kept }, input)])
  check(`bundle and server on ${JSON.stringify([subject.role, subject.teams, purpose, subject.attributes])}`, answers.map(plain), [plain(answers[0]), plain(answers[0]), plain(answers[0])])
  check('it is an answer', answers[0] !== undefined && 'value' in answers[0], true)
}
for (const entrypoint of ['yes', 'nothing', 'loose', 'listed', 'broken', 'never_heard_of'] as const) {
  const input: Json = { subject: { name: 'ana' } }
  check(`bundle and server on ${entrypoint}`, plain(await ask(entrypoint, { bundle: base64 }, input)), plain(await ask(entrypoint, { server: address }, input)))
}

// The same policy by the bundle, by the server, and in our own words: one decision.
const rego = (source: object): AppliedPolicy => ({ name: 'house', spec: { status: 'enforced', rules: [{ name: 'rego', rego: { entrypoint: 'tulle/decision', ...source } }] } })
const OWN: AppliedPolicy = { name: 'house', spec: { status: 'enforced', rules: [
  { name: 'suspended', to: { teams: ['suspended'] }, deny: true }, { name: 'curiosity', for: ['curiosity'], deny: true },
  { name: 'personal', on: { classifications: ['personal'] }, except: { roles: ['steward'] }, mask: { kind: 'null' } }, { name: 'secret', on: { classifications: ['secret'] }, deny: true },
  { name: 'city', when: 'has(subject.attributes.city)', rows: { where: 'city = {subject.city}' } },
] } }
const grants = [{ id: 'g', subjectKind: 'user' as const, subject: 'ana', productId: 'p', purposes: ['care', 'curiosity'] }]
const policies = [{ bundle: base64 }, { server: address }].map((source) => compilePolicy({ grants, products: [product], policies: [rego(source)] }))
const own = compilePolicy({ grants, products: [product], policies: [OWN] })
const shape = (decision: Decision): Json => (decision.effect === 'deny' ? 'deny' : { columns: [...decision.columns], masks: { ...decision.masks }, rows: decision.rowFilter?.condition ?? 'all' })
const resource = { product, dataSet: { name: 'guests', columns: COLUMNS } }
let clock = 0
const decide = (policy: ReturnType<typeof compilePolicy>, { subject, purpose }: (typeof questions)[number]): Promise<Decision> => decideAsking(policy, desk, { subject, resource, purpose, context: { now: (clock += 1_000), environment: 'prod' } })
for (const question of questions) {
  const [byBundle, byServer, byUs] = await Promise.all([...policies, own].map((policy) => decide(policy, question)))
  check(`one decision on ${JSON.stringify([question.subject.role, question.subject.teams, question.purpose, question.subject.attributes])}`, [byBundle, byServer].map((one) => one && shape(one)), [byUs, byUs].map((one) => one && shape(one)))
}
const loose = compilePolicy({ grants, products: [product], policies: [{ name: 'house', spec: { status: 'enforced', rules: [{ name: 'rego', rego: { entrypoint: 'tulle/loose', server: address } }] } }] })
const [first] = questions
if (first !== undefined) check('an answer that would give more denies', shape(await decide(loose, first)), 'deny')

// A whole Tulle beside it: open, killed, back.
const mesh = join(work, 'mesh')
cpSync(join(here, '../sql-mesh/mesh'), mesh, { recursive: true })
mkdirSync(join(mesh, 'policies'), { recursive: true })
writeFileSync(join(mesh, 'policies/opa.yaml'), `apiVersion: tulle.dev/v1
kind: Policy
metadata: { name: opa }
spec:
  status: enforced
  rules:
    - { name: server, on: { products: [wages] }, rego: { entrypoint: tulle/yes, server: '${address}' } }
    - { name: bundle, on: { products: [every] }, rego: { entrypoint: tulle/decision, bundle: ${base64} } }
`)
{
  await using tulle = await startTulle({ mesh, environment: { TULLE_OPA_SERVERS: `127.0.0.1:${port}` } })
  const rows = async (product: string, dataSet: string): Promise<number> => {
    // An answer is remembered for less than half a second.
    await new Promise((wake) => setTimeout(wake, 500))
    return (await fetch(`${tulle.url}/api/v1/products/${product}/datasets/${dataSet}/sample`, { headers: { authorization: `Basic ${btoa(`ana:${tulle.secret('ana')}`)}` } })).status
  }
  check('rows by the server', await rows('wages', 'wages'), 200)
  check('rows by the bundle', await rows('every', 'kinds'), 200)
  await kill(server)
  check('no rows where the server is killed', await rows('wages', 'wages'), 403)
  check('rows by the bundle all the same', await rows('every', 'kinds'), 200)
  server = await serve(port)
  check('rows where it is back', await rows('wages', 'wages'), 200)
}
await kill(server)
if (first !== undefined) {
  const denied = await decide(policies[1] ?? own, first)
  check('a killed server denies, by name', [denied.effect, denied.reasons.some(({ text }) => text.includes(`${address} cannot be reached`))], ['deny', true])
}
await desk.close()
rmSync(work, { recursive: true, force: true })
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 ? 0 : 1
