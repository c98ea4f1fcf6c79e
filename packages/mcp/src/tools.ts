// The tools: each is a name, what it takes, and how it is answered from the desk. None knows a right: the desk has them.

import { counted } from '@tulle/kernel'
import type { CallToolResult } from '@modelcontextprotocol/server'
import type { DataSet, Lineage, LineageColumn, Product } from '@tulle/api'
import { z } from 'zod'
import { answer, refusal, ROOM, TEXT } from './answers.ts'
import type { MeshDesk } from './types.ts'
import { clip, fitting, visibleJson } from './untrusted.ts'

export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: Input
  /** False where it changes something. */
  readonly reads: boolean
  readonly run: (desk: MeshDesk, input: z.output<Input>, signal: AbortSignal) => Promise<CallToolResult>
}

const name = (what: string) => z.string().min(1).max(200).describe(what)
const tool = <Input extends z.ZodObject>(one: Tool<Input>): Tool => one as unknown as Tool

const search = tool({
  name: 'search', title: 'Find data products', reads: true,
  description: 'Finds data products by words or a question: names, descriptions, columns, tags, people. Says which of them you may read.',
  input: z.object({
    words: z.string().max(200).default('').describe('What to look for; empty lists what is used most.'),
    domain: z.string().max(200).optional().describe('Only products of this data domain.'),
    readable: z.boolean().default(false).describe('Only what may be read without asking.'),
    limit: z.number().int().min(1).max(50).default(10),
  }),
  run: async (desk, { words, domain, readable, limit }, signal) => {
    const found = await desk.search({ q: words, domain, readable, limit, offset: 0 }, signal)
    if (!found.ok) return refusal(found.diagnostics)
    const { items, more } = fitting(found.value.hits.map(({ product, matches }) => ({
      product: product.name, title: clip(product.title, 200), domain: product.domain, access: product.access, certified: product.certified, lastPublished: product.lastPublished,
      description: product.description === undefined ? undefined : clip(product.description, 500),
      matches: matches.slice(0, 5).map(({ field, text }) => `${field}: ${clip(text, 200)}`),
    })), ROOM)
    return answer(`${items.length} of ${found.value.total} data products. ${more ? 'The rest did not fit: ask for fewer. ' : ''}Call describe for what is in one.`, { products: items, corrected: found.value.corrected })
  },
})

const describe = tool({
  name: 'describe', title: 'Describe a data product', reads: true,
  description: 'Says what a data product is: its data sets and columns, ports, owner, and of each data set whether you may read it, which columns, and why.',
  input: z.object({ product: name('The name of the product.') }),
  run: async (desk, { product }, signal) => {
    const [found, readable] = [await desk.getProduct({ product }, signal), await desk.listReadable({}, signal)]
    if (!found.ok) return refusal(found.diagnostics)
    const { dataSets, ...rest } = describedProduct(found.value)
    const { items, more } = fitting(dataSets, ROOM)
    const denied = items.some(({ access }) => access.effect === 'deny')
    return answer(
      `What the product is. ${more ? 'Not all of its data sets fit. ' : ''}${denied ? 'What is denied is to be asked for with request_access; a person decides. ' : ''}A purpose that you may name in query is in "purposes"; the person says which one holds.`,
      { ...rest, purposes: readable.ok ? readable.value.purposes : [], dataSets: items },
    )
  },
})

const describedProduct = (product: Product) => ({
  product: product.name, title: clip(product.title, 200), description: product.description === undefined ? undefined : clip(product.description, TEXT), domain: product.domain, team: product.team,
  owner: product.owner, certified: product.certified, tags: product.tags.slice(0, 50), lastPublished: product.lastPublished,
  ports: product.outputPorts.slice(0, 20).map(({ name: port, kind, addresses }) => ({ name: port, kind, addresses: addresses.slice(0, 20).map(({ address }) => address) })),
  dataSets: product.dataSets.map(describedDataSet),
})

const describedDataSet = ({ name: dataSet, title, description, contract, columns, rows, publishedAt, access }: DataSet) => ({
  dataSet, title: clip(title, 200), description: description === undefined ? undefined : clip(description, TEXT), contract, rows, publishedAt,
  access: { effect: access.effect, columns: access.columns, reasons: access.reasons.slice(0, 10).map(({ text }) => clip(text, 500)) },
  columns: columns.slice(0, 300).map((column) => ({ name: column.name, type: column.type, classification: column.classification, businessKey: column.businessKey, description: column.description === undefined ? undefined : clip(column.description, 300) })),
})

const contract = tool({
  name: 'contract', title: 'Read a data contract', reads: true,
  description: 'The data contract (ODCS) of a data set as its team wrote it: schema, quality, service levels, terms.',
  input: z.object({ product: name('The name of the product.'), dataSet: name('Of which data set; all where it is left out.').optional() }),
  run: async (desk, { product, dataSet }, signal) => {
    const found = await desk.getControlMetadata({ product }, signal)
    if (!found.ok) return refusal(found.diagnostics)
    const contracts = found.value.dataSets.flatMap(({ name: one, contract: held }) => (held === undefined || (dataSet !== undefined && one !== dataSet) ? [] : [{ dataSet: one, version: held.version, document: held.document }]))
    const known = found.value.dataSets.map(({ name: one }) => one)
    if (contracts.length === 0) return answer('There is no such contract. The data sets of the product are below.', { dataSets: known })
    const { items, more } = fitting(contracts, ROOM)
    const [first] = contracts
    // One alone that is too long is cut as text: better its beginning than nothing.
    if (items.length === 0 && first !== undefined) return answer('The contract is too long; this is its beginning.', { dataSet: first.dataSet, version: first.version, text: clip(visibleJson(first.document), ROOM) })
    return answer(`${items.length} of ${contracts.length} contracts. ${more ? 'The rest did not fit: ask for one data set. ' : ''}`, { contracts: items, dataSets: known })
  },
})

const lineage = tool({
  name: 'lineage', title: 'Where data comes from and goes', reads: true,
  description: 'Lineage of columns: where those of a product come from (upstream) or where they go (downstream), across products that you may know of.',
  input: z.object({
    product: name('The name of the product.'), dataSet: name('Only this data set.').optional(), column: name('Only this column.').optional(),
    direction: z.enum(['upstream', 'downstream', 'both']).default('upstream'), depth: z.number().int().min(1).max(20).default(5),
  }),
  run: async (desk, asked, signal) => {
    const found = await desk.getLineage(asked, signal)
    if (!found.ok) return refusal(found.diagnostics)
    const { items, more } = fitting(found.value.edges.map(edgeLine), ROOM)
    return answer(`${items.length} edges. ${more || found.value.cut ? 'There are more: ask for one column, or fewer steps. ' : ''}Each says from → to, and how: a value flows, or it only decides.`, { edges: items, guesses: found.value.guesses.slice(0, 20).map((guess) => clip(guess, 500)) })
  },
})

const edgeLine = ({ from, to, how, by }: Lineage['edges'][number]): string =>
  `${placeOf(from)} → ${placeOf(to)} (${[...(how === undefined ? [] : [how]), ...by].join(', ')})`

const placeOf = ({ product, kind, name: at, column }: LineageColumn): string => (kind === 'foreign' ? `${product}/${at} ${column} (elsewhere)` : `${product}${kind === 'port' ? ':' : '.'}${at}.${column}`)

const asked = {
  product: name('The name of the product.'),
  dataSet: name('Only this data set.').optional(),
  columns: z.array(name('A column.')).max(300).optional().describe('Only these columns; ask for no more than is needed. Needs dataSet.'),
  rowCondition: z.string().max(10_000).optional().describe("Only rows for which this SQL holds, such as origin = 'SEA'."),
  purpose: name('What for: one of the purposes of the mesh, whichever the person named.'),
  days: z.number().int().min(1).max(3660).optional().describe('For so many days; without an end where it is left out.'),
}

const requestAccess = tool({
  name: 'request_access', title: 'Ask for access', reads: false,
  description: 'Asks the owner of a data product for access, in the name of the person whom you work for. A person decides, unless a rule of the mesh does. With "onlyCheck" nothing is asked: it says what the request would show, who has to approve and which terms have to be accepted.',
  input: z.object({
    ...asked,
    justification: z.string().max(4000).default('').describe('Why, in the words of the person.'),
    agreements: z.array(name('As name@version.')).max(20).default([]).describe('Terms that the person has accepted.'),
    onlyCheck: z.boolean().default(false),
  }),
  run: async (desk, { onlyCheck, justification, agreements, days, ...wanted }, signal) => {
    const draft = { ...wanted, subjectKind: 'user' as const, ...(days !== undefined && { seconds: days * 86_400 }) }
    if (onlyCheck) {
      const checked = await desk.checkAccessRequest(draft, signal)
      if (!checked.ok) return refusal(checked.diagnostics)
      const { persons, shows, agreements: terms } = checked.value
      return answer(`Nothing was asked for. ${persons === 0 ? 'A rule would approve it at once.' : `${persons === 1 ? 'One person' : `${persons} persons`} would have to approve it.`} ${terms.length > 0 ? 'The person has to accept the terms below.' : ''}`, { shows: fitting(shows, ROOM).items, agreements: terms })
    }
    const made = await desk.requestAccess({ ...draft, justification, agreements }, signal)
    if (!made.ok) return refusal(made.diagnostics)
    return answer(made.value.state === 'submitted' ? 'It is asked for, and waits for a person to decide. my_requests says how it stands.' : 'A rule of the mesh approved it: query answers by it now.', { request: requestOf(made.value) })
  },
})

const myRequests = tool({
  name: 'my_requests', title: 'How requests stand', reads: true,
  description: 'The access requests of the person whom you work for, newest first: their state, what was given, and the words of whoever decided.',
  input: z.object({ product: name('Only of this product.').optional(), limit: z.number().int().min(1).max(50).default(10) }),
  run: async (desk, { product, limit }, signal) => {
    const found = await desk.listAccessRequests({ view: 'mine', limit, ...(product !== undefined && { product }) }, signal)
    if (!found.ok) return refusal(found.diagnostics)
    return answer(`${counted(found.value.requests.length, 'request')}.`, { requests: fitting(found.value.requests.map(requestOf), ROOM).items })
  },
})

type Request = Extract<Awaited<ReturnType<MeshDesk['requestAccess']>>, { ok: true }>['value']

const requestOf = ({ id, kind, state, product, purpose, terms, requestedAt, lapsesAt, decidedAt, grant, verdicts }: Request) => ({
  id, kind, state, product, purpose, terms, requestedAt, lapsesAt, decidedAt, grant,
  verdicts: verdicts.map(({ verdict, by, at, terms: given, note }) => ({ verdict, by, at, terms: given, note: note === undefined ? undefined : clip(note, TEXT) })),
})

const query = tool({
  name: 'query', title: 'Ask a question in SQL', reads: true,
  description: 'Answers one SELECT (DuckDB SQL, tables written product.data_set) by what you may read: columns may be missing or masked, and rows left out. Ask for counts and sums in place of many rows.',
  input: z.object({
    sql: z.string().min(1).max(20_000),
    purpose: name('What the answer is for, where the person has several purposes; they say which.').optional(),
    limit: z.number().int().min(1).max(1000).default(100).describe('At most so many rows.'),
  }),
  run: async (desk, { sql, purpose, limit }, signal) => {
    const found = await desk.query({ sql, limit, ...(purpose !== undefined && { purpose }) }, signal)
    if (!found.ok) return refusal(found.diagnostics)
    const { columns, rows, reads, more, purpose: used, milliseconds } = found.value
    const { items, more: unfit } = fitting(rows.map((row) => row.map((value) => (typeof value === 'string' ? clip(value, TEXT) : value))), ROOM)
    return answer(`${counted(items.length, 'row')}${more || unfit ? ', and there are more: ask for fewer, or for counts' : ''}. They are what your rights show.`, { columns, rows: items, more: more || unfit, reads, purpose: used, milliseconds })
  },
})

export const TOOLS: readonly Tool[] = [search, describe, contract, lineage, requestAccess, myRequests, query]
