// How many decisions a second: 1,000 policies of 5 rules, 5,000 grants, 200 products, 500 subjects; the same question over
// and over, and each question for the first time: node bench/decisions.ts [policies].

import type { Json } from '@tulle/kernel'
import { compilePolicy } from '@tulle/policy'
import type { AppliedPolicy, Grant, PolicyMemory, Resource, Subject } from '@tulle/policy'

const count = Number(process.argv[2] ?? 1_000)
const PURPOSES = ['care', 'study', 'planning']
const products = Array.from({ length: 200 }, (_, i) => ({ id: `p${i}`, name: `product_${i}`, domain: `domain_${i % 20}`, team: `team_${i % 50}` }))
const subjects = Array.from({ length: 500 }, (_, i): Subject => ({
  id: `u${i}`, name: `user_${i}`, kind: 'user', role: i % 7 === 0 ? 'owner' : 'consumer', teams: [`guests_${i % 30}`], attributes: { region: ['EU', 'US', 'JP'][i % 3] ?? '', level: i % 5 },
}))
const columns = Array.from({ length: 20 }, (_, i) => ({ name: `c${i}`, type: i % 4 === 0 ? 'long' : 'string', ...(i % 3 === 0 && { classification: i % 2 === 0 ? 'personal' : 'confidential' }) }))
const resources = products.map((product): Resource => ({ product, dataSet: { name: 'rows', columns } }))
const grants = Array.from({ length: 5_000 }, (_, i): Grant => ({
  id: `g${i}`, subjectKind: 'user', subject: `u${i % 500}`, productId: `p${(i * 7) % 200}`, purposes: [PURPOSES[i % 3] ?? ''], ...(i % 4 === 0 && { columns: ['c0', 'c1', 'c2'] }), ...(i % 9 === 0 && { rowCondition: 'c0 > 3' }),
}))
/** Each concerns a product, a domain or everything, by turns. */
const policies = Array.from({ length: count }, (_, i): AppliedPolicy => {
  const on = i % 10 === 0 ? {} : i % 2 === 0 ? { domains: [`domain_${i % 20}`] } : { products: [`product_${i % 200}`] }
  const rules: Json = [
    { name: 'hash', on: { ...on, classifications: ['personal'] }, 'not-for': ['care'], mask: { kind: 'hash' } },
    { name: 'part', on: { ...on, columns: ['c1', 'c5'] }, to: { roles: ['consumer'] }, mask: { kind: 'partial', first: 2 } },
    { name: 'rows', on, to: { teams: [`guests_${i % 30}`] }, rows: { where: 'c1 = {subject.region}' } },
    { name: 'when', on: { ...on, columns: ['c2'] }, when: 'subject.attributes.level < 3 && purpose != "study"', deny: true },
    { name: 'most', on, limits: { rows: 1000 + i } },
  ]
  return { name: `policy_${i}`, spec: { status: i % 20 === 0 ? 'grace' : 'enforced', rules } }
})

const context = { now: Date.UTC(2026, 5, 1, 12), environment: 'prod' }
const memory: PolicyMemory = new Map()
const compileBegun = performance.now()
const policy = compilePolicy({ grants, products, policies, secret: 'bench' }, memory)
const compiled = performance.now() - compileBegun
// What a change of rights costs: a grant more, one policy changed.
const againBegun = performance.now()
compilePolicy({ grants: grants.slice(1), products, policies: policies.map((one, i) => (i === 0 ? { ...one, name: 'renamed' } : one)), secret: 'bench' }, memory)
const again = performance.now() - againBegun

const fresh: number[] = []
let allowed = 0
for (let i = 0; i < 2_000; i += 1) {
  const [subject, resource] = [subjects[i % 500], resources[(i * 7) % 200]]
  if (subject === undefined || resource === undefined) continue
  const begun = performance.now()
  const { effect } = policy.decide(subject, 'read', resource, PURPOSES[i % 3], context)
  fresh.push(performance.now() - begun)
  if (effect === 'allow') allowed += 1
}
fresh.sort((a, b) => a - b)

// Questions that an open session repeats: many sessions, each with its own tables.
const asked = Array.from({ length: 1_000 }, (_, i) => [subjects[i % 500], resources[(i * 7) % 200], PURPOSES[i % 3]] as const)
const rounds = Array.from({ length: 9 }, () => {
  const begun = performance.now()
  for (let i = 0; i < 1_000_000; i += 1) {
    const [subject, resource, purpose] = asked[i % 1_000] ?? []
    if (subject !== undefined && resource !== undefined) policy.decide(subject, 'read', resource, purpose, context)
  }
  return 1e9 / (performance.now() - begun)
})
const perSecond = rounds.toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0

console.log(`${count} policies with ${count * 5} rules, ${grants.length} grants, compiled in ${compiled.toFixed(0)} ms, with one of them changed in ${again.toFixed(0)} ms`)
console.log(`asked for the first time: median ${((fresh[Math.floor(fresh.length / 2)] ?? 0) * 1e3).toFixed(0)} µs, 99 % below ${((fresh[Math.floor(fresh.length * 0.99)] ?? 0) * 1e3).toFixed(0)} µs (${allowed} of ${fresh.length} allowed)`)
console.log(`asked again, 1,000 different questions in turn: ${(perSecond / 1e6).toFixed(2)} M decisions/s (median of ${rounds.length} rounds)`)
if (perSecond < 1e6) process.exitCode = 1
