// Demo users belong to teams, have purposes and hold grants that exist.

import type { Diagnostic } from '@tulle/kernel'
import { isName, parseRef } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { suggestions } from '../suggestions.ts'
import type { DataProduct, DemoUser, Purpose, TechnicalTeam } from '../types.ts'
import type { Path } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'

export function checkDemoUsers(options: {
  users: readonly DemoUser[]
  document: YamlDocument
  teams: ReadonlyMap<string, TechnicalTeam>
  purposes: readonly Purpose[]
  products: ReadonlyMap<string, DataProduct>
  /** Products left out for mistakes of their own. */
  refused: ReadonlySet<string>
  refusedTeams: ReadonlySet<string>
}): readonly Diagnostic[] {
  const { users, document, teams, products, refused } = options
  const purposes = new Set(options.purposes.map((purpose) => purpose.name))
  const diagnostics: Diagnostic[] = []
  const [likeTeam, likePurpose, likeGrant] = [suggestions(() => teams.keys()), suggestions(() => purposes), suggestions(() => grantable(products))]
  for (const [i, user] of users.entries()) {
    const at: Path = ['spec', 'demo', 'users', i]
    for (const [j, name] of user.teams.entries()) {
      if (teams.has(name) || options.refusedTeams.has(name)) continue
      diagnostics.push(messages['unknown-team']({ name, known: likeTeam(name) }, { place: document.place([...at, 'teams', j]) }))
    }
    for (const [j, name] of user.purposes.entries()) {
      if (purposes.has(name)) continue
      diagnostics.push(messages['unknown-purpose']({ name, known: likePurpose(name) }, { place: document.place([...at, 'purposes', j]) }))
    }
    for (const [j, name] of user.grants.entries()) {
      if (!isGrantable(name, products, refused)) diagnostics.push(messages['unknown-grant']({ name, known: likeGrant(name) }, { place: document.place([...at, 'grants', j]) }))
    }
  }
  return diagnostics
}

function isGrantable(text: string, products: ReadonlyMap<string, DataProduct>, refused: ReadonlySet<string>): boolean {
  const ref = parseRef(text)
  if (!ref.ok || ref.value.column !== undefined || ref.value.kind !== undefined || !isName(ref.value.product)) return false
  if (refused.has(ref.value.product)) return true
  const product = products.get(ref.value.product)
  return product !== undefined && (ref.value.dataSet === undefined || product.dataSets.some((dataSet) => dataSet.name === ref.value.dataSet))
}

function* grantable(products: ReadonlyMap<string, DataProduct>): Iterable<string> {
  for (const product of products.values()) {
    yield product.name
    for (const dataSet of product.dataSets) yield `${product.name}.${dataSet.name}`
  }
}
