// How far the mesh keeps its own rules, and what the platform is made of: counted from what is applied.

import type { Coverage, Handlers, Platform } from '@tulle/api'
import { ok } from '@tulle/kernel'
import { platformWorkflows, serviceLevelsOf } from '@tulle/model'
import type { Subject } from '@tulle/policy'
import { listPorts, readProductDefinitions } from '@tulle/providers'
import type { ProductDefinition } from '@tulle/providers'
import { listIncidents } from '@tulle/service-levels'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { readCapabilities } from '../mesh-facts.ts'
import { permission } from './permissions.ts'

const MOST_NAMED = 100
const MOST_INCIDENTS = 1_000
const DAY = 86_400_000

export function governanceHandlers(house: House): Pick<Handlers<Caller>, 'getCoverage' | 'getPlatform'> {
  return {
    getCoverage: async (_nothing, { subject }) => ok({ products: (await known(house, subject)).map(coverageOf) }),
    getPlatform: async (_nothing, { subject }) => {
      const [definitions, ports, capabilities, health] = await Promise.all([known(house, subject), listPorts(house.db), readCapabilities(house.db), healthOf(house)])
      const names = new Set(definitions.map(({ product }) => product.name))
      const users = Map.groupBy(ports.filter(({ product }) => names.has(product)), ({ kind, direction }) => (kind.endsWith('-port') ? kind : `${kind}-${direction}put-port`))
      return ok({
        version: house.settings.version, environment: house.access.environment ?? 'prod', isolation: house.isolation, health: [...health],
        capabilities: capabilities.map(({ type, title, presets, targets }) => ({ type, title, ...(presets !== undefined && { presets }), targets: [...targets], products: [...new Set((users.get(type) ?? []).map(({ product }) => product))].toSorted() })),
        templates: templatesOf(definitions),
      })
    },
  }
}

const known = async (house: House, subject: Subject): Promise<readonly ProductDefinition[]> =>
  (await readProductDefinitions(house.db)).filter(({ id, product: { name, domain, team } }) => permission(house, subject, 'describe', { id, name, domain, team }).allowed)

function coverageOf({ product: { name, title, domain, team, dataSets, components } }: ProductDefinition): Coverage {
  const columns = dataSets.flatMap((dataSet) => (dataSet.contract?.columns ?? []).map((column) => ({ address: `${dataSet.name}.${column.name}`, ...column })))
  return {
    product: name, title, domain, team, dataSets: dataSets.length, contracted: dataSets.filter(({ contract }) => contract !== undefined).length,
    columns: columns.length, classified: columns.filter(({ classification }) => classification !== undefined).length, described: columns.filter(({ description }) => description !== undefined && description !== '').length,
    serviceLevels: serviceLevelsOf({ components, dataSets }).length,
    unclassified: columns.filter(({ classification }) => classification === undefined).map(({ address }) => address).slice(0, MOST_NAMED),
  }
}

function templatesOf(definitions: readonly ProductDefinition[]): Platform['templates'] {
  const [usual] = platformWorkflows()
  const used = definitions.map(({ product: { name, workflow } }) => ({ product: name, ...(workflow.flow ?? usual ?? { name: '', version: '', from: '' }) }))
  return [...Map.groupBy(used, ({ name, version, from }) => `${name} ${version} ${from}`).values()].flatMap((family) => {
    const [first] = family
    return first === undefined ? [] : [{ name: first.name, version: first.version, from: first.from, products: family.map(({ product }) => product).toSorted() }]
  }).toSorted((a, b) => (a.name === b.name ? b.version.localeCompare(a.version, 'en', { numeric: true }) : a.name < b.name ? -1 : 1))
}

async function healthOf(house: House): Promise<Platform['health']> {
  const since = new Date(house.clock.now() - DAY)
  const begun = performance.now()
  const [queued, failed, incidents] = await Promise.all([
    house.db.selectFrom('run').select((e) => e.fn.countAll<string>().as('n')).where('status', 'in', ['queued', 'running']).executeTakeFirstOrThrow(),
    house.db.selectFrom('run').select((e) => e.fn.countAll<string>().as('n')).where('status', '=', 'failed').where('requested_at', '>', since).executeTakeFirstOrThrow(),
    listIncidents(house.store, { state: 'unresolved', limit: MOST_INCIDENTS }),
  ])
  const took = Math.round(performance.now() - begun)
  return [
    { name: 'Database', state: took < 500 ? 'well' : 'watch', says: `answers in ${took} ms` },
    { name: 'Runs', state: Number(failed.n) === 0 ? 'well' : 'watch', says: `${queued.n} queued or under way, ${failed.n} failed within a day` },
    { name: 'Incidents', state: incidents.length === 0 ? 'well' : 'watch', says: incidents.length === 0 ? 'none is open' : `${incidents.length} open` },
    { name: 'Engines', state: house.isolation === 'user' ? 'well' : 'watch', says: house.isolation === 'user' ? 'run as users of their own' : 'run as processes of the server\'s own user: start it as root to part them' },
  ]
}
