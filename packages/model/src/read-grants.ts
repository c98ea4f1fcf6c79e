// Reads the rights that the folder gives, `grants/*.yaml`, and holds what they name against what there is.

import type { Diagnostic } from '@tulle/kernel'
import { addAll } from './add-all.ts'
import type { TextFile } from './file-roles.ts'
import { checkKind } from './kinds/check-kind.ts'
import type { AccessGrantDocument } from './kinds/access-grant.ts'
import { accessGrantDocument } from './kinds/access-grant.ts'
import { messages } from './messages.ts'
import type { ParseCache } from './parse-cache.ts'
import { readDocument } from './read-document.ts'
import { suggestions } from './suggestions.ts'
import type { DataDomain, DataProduct, DeclaredGrant, Purpose, TechnicalTeam } from './types.ts'
import type { Path } from './yaml/locate.ts'

interface Known {
  readonly teams: ReadonlyMap<string, TechnicalTeam>
  readonly refusedTeams: ReadonlySet<string>
  readonly domains: ReadonlyMap<string, DataDomain>
  readonly products: ReadonlyMap<string, DataProduct>
  readonly refused: ReadonlySet<string>
  readonly purposes: readonly Purpose[]
}

export function readGrants(files: readonly TextFile[], known: Known, cache: ParseCache): { grants: ReadonlyMap<string, DeclaredGrant>; diagnostics: readonly Diagnostic[] } {
  const grants = new Map<string, DeclaredGrant>()
  const diagnostics: Diagnostic[] = []
  for (const file of files) {
    const read = readDocument(file, 'AccessGrant', cache, (document) => checkKind(document, accessGrantDocument))
    addAll(diagnostics, read.diagnostics)
    if (read.checked === undefined) continue
    const { document } = read.checked
    const { metadata: { name }, spec } = document.value as unknown as AccessGrantDocument
    const { data_set: dataSet, columns, rows, until } = spec
    const [subjectKind, subject] = Object.entries(spec.subject)[0] as [DeclaredGrant['subjectKind'], string]
    const grant: DeclaredGrant = {
      name, subjectKind, subject,
      product: spec.product,
      purposes: [...new Set(spec.purposes)],
      ...(dataSet !== undefined && { dataSet }),
      ...(columns !== undefined && { columns: [...new Set(columns)] }),
      ...(rows !== undefined && { rows }),
      // The last day is whole.
      ...(until !== undefined && { expiresAt: new Date(Date.parse(`${until}T00:00:00Z`) + 86_400_000).toISOString() }),
      place: document.laterPlace(['metadata', 'name']),
    }
    const first = grants.get(name)
    if (first !== undefined) diagnostics.push(messages['duplicate-name']({ name, what: 'access grants' }, { place: grant.place, related: [{ place: first.place, message: 'The other one is here.' }] }))
    else grants.set(name, grant)
    addAll(diagnostics, check(grant, known, (path) => document.place(['spec', ...path])))
  }
  return { grants, diagnostics }
}

type PlaceOf = (path: Path) => Diagnostic['place']

function check(grant: DeclaredGrant, known: Known, at: PlaceOf): readonly Diagnostic[] {
  return [...checkSubject(grant, known, at), ...checkData(grant, known, at), ...grant.purposes.flatMap((purpose, i) => (
    known.purposes.some(({ name }) => name === purpose) ? [] : [messages['unknown-purpose']({ name: purpose, known: known.purposes.map(({ name }) => name) }, { place: at(['purposes', i]) })]
  ))]
}

/** Accounts and application process domains are looked for when it is applied: a folder does not know them all. */
function checkSubject({ subjectKind, subject }: DeclaredGrant, { teams, refusedTeams, domains, products, refused }: Known, at: PlaceOf): readonly Diagnostic[] {
  const place = at(['subject', subjectKind])
  if (subjectKind === 'team') return teams.has(subject) || refusedTeams.has(subject) ? [] : [messages['unknown-team']({ name: subject, known: suggestions(() => teams.keys())(subject) }, { place })]
  if (subjectKind === 'domain') return domains.has(subject) ? [] : [messages['no-domain-file']({ domain: subject }, { place })]
  if (subjectKind !== 'product') return []
  return products.has(subject) || refused.has(subject) ? [] : [messages['unknown-product']({ name: subject, known: suggestions(() => products.keys())(subject) }, { place })]
}

function checkData({ product: name, dataSet, columns, rows }: DeclaredGrant, { products, refused }: Known, at: PlaceOf): readonly Diagnostic[] {
  const product = products.get(name)
  if (product === undefined) return refused.has(name) ? [] : [messages['unknown-product']({ name, known: suggestions(() => products.keys())(name) }, { place: at(['product']) })]
  const ports = product.outputPorts.filter((port) => dataSet === undefined || port.dataSets.includes(dataSet))
  const alone = ports.some(({ approval }) => approval === 'two-persons') ? [messages['grant-needs-two-persons']({ product: name }, { place: at(['product']) })] : []
  if (dataSet === undefined) return [...alone, ...((columns ?? rows) === undefined ? [] : [messages['grant-needs-data-set']({ product: name }, { place: at([columns === undefined ? 'rows' : 'columns']) })])]
  const found = product.dataSets.find((one) => one.name === dataSet)
  const known = product.dataSets.map((one) => one.name)
  if (found === undefined) return [messages['unknown-data-set']({ name: dataSet, product: name, known: suggestions(() => known)(dataSet) }, { place: at(['data_set']) })]
  const names = found.contract?.columns.map((column) => column.name) ?? []
  return [...alone, ...(columns ?? []).flatMap((column, i) => (names.includes(column) ? [] : [messages['grant-unknown-column']({ where: `${name}.${dataSet}`, column, known: names }, { place: at(['columns', i]) })]))]
}
