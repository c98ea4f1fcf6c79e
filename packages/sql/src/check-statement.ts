// The gate: lets a statement pass only where every part of its tree is known and allowed. Deny by default: an unknown
// node, member, table or function refuses the statement, so that a new engine version opens nothing by itself. It reads
// DuckDB's own tree, because foreign parsers see other tables than the engine that runs the statement.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { ALLOWED_TABLE_FUNCTIONS } from './allowed-functions.ts'
import { checkCall, isSizing, lowerName } from './check-call.ts'
import { checkText } from './check-text.ts'
import { EXPRESSIONS, MODIFIERS, NAMED_TYPES, PIVOT_COLUMN, PIVOT_ENTRY, QUERIES, STATEMENT, TABLES, TYPE_INFOS, WITH_QUERY } from './gate-shapes.ts'
import type { Part, Shape } from './gate-shapes.ts'
import { messages } from './messages.ts'
import { isNode } from './parse-tree.ts'
import { placeAt } from './place-at.ts'
import { readAtClause } from './read-at-clause.ts'
import type { CheckedStatement, TableRead, TableReference, Tree, TreeNode, TreeValue, VersionLiteral } from './types.ts'

export interface GateOptions {
  /** True where the table may be read. Names come in lower case; `schema` is empty where the statement gives none. */
  readonly tables: (schema: string, name: string) => boolean
  /** Scalar, aggregate and window functions, in lower case. */
  readonly functions: ReadonlySet<string>
  /** Lets a table be read AT a version that is written out. The clause must not reach the engine's binder. */
  readonly versions?: boolean
}

const DEPTH_LIMIT = 100
const NODE_LIMIT = 20_000
const NAME_PARTS_LIMIT = 8
const ARROWS_LIMIT = 8

/** Refuses with the first reason found, or answers which tables the statement reads. Pure. */
export function checkStatement(tree: Tree, options: GateOptions): Result<CheckedStatement> {
  const text = checkText(tree.text)
  if (!text.ok) return text
  const [statement] = tree.statements
  if (statement === undefined || tree.statements.length !== 1) return fail(messages['sql-one-statement']({ count: tree.statements.length }))
  const walk = new Walk(tree.text, options)
  try {
    walk.visit('statement', statement, statement, { names: new Set(), depth: 0, arrows: 0, sized: false })
  } catch (error) {
    if (error instanceof Refusal) return fail(error.diagnostic)
    throw error
  }
  return ok({ tables: [...walk.reads.values()], references: walk.references })
}

/** Where the walk is: the WITH names in scope, how deep, and inside which kinds of call. */
interface At {
  readonly names: ReadonlySet<string>
  readonly depth: number
  readonly arrows: number
  readonly sized: boolean
}

// Never leaves this file: it only ends the walk.
class Refusal extends Error {
  readonly diagnostic: Diagnostic
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message)
    this.diagnostic = diagnostic
  }
}

class Walk {
  readonly reads = new Map<string, TableRead>()
  readonly references: TableReference[] = []
  readonly #text: string
  readonly #options: GateOptions
  #nodes = 0

  constructor(text: string, options: GateOptions) {
    this.#text = text
    this.#options = options
  }

  visit(part: Part, value: TreeValue | undefined, owner: TreeNode, at: At): void {
    switch (part) {
      case 'plain':
        if (isNode(value) || Array.isArray(value)) this.#unknown('This form of statement', owner)
        return
      case 'absent':
        if (value !== null && value !== '') this.#unknown('This clause', owner)
        return
      case 'names':
        return this.#each(value, owner, (name) => this.visit('plain', name, owner, at))
      case 'column-names':
        if (Array.isArray(value) && value.length > NAME_PARTS_LIMIT) this.#tooMany('parts in a name', NAME_PARTS_LIMIT, owner)
        return this.visit('names', value, owner, at)
      case 'numbers':
        return this.#each(value, owner, (item) => this.visit(Array.isArray(item) ? 'numbers' : 'plain', item, owner, at))
      case 'data':
        return this.#data(value, owner, at)
      case 'expression':
        return this.#expression(this.#node(value, owner, at), at)
      case 'expressions':
        return this.#each(value, owner, (item) => this.visit('expression', item, owner, at))
      case 'rows':
        return this.#each(value, owner, (row) => this.visit('expressions', row, owner, at))
      case 'named-expressions':
        return this.#each(value, owner, (item) => this.#shaped(this.#node(item, owner, at), { key: 'data', value: 'expression' }, 'This form of *', at))
      case 'cases':
        return this.#each(value, owner, (item) => this.#shaped(this.#node(item, owner, at), { when_expr: 'expression', then_expr: 'expression' }, 'This CASE', at))
      case 'orders':
        return this.#each(value, owner, (item) => this.#shaped(this.#node(item, owner, at), ORDER, 'This ORDER BY', at))
      case 'modifiers':
        return this.#each(value, owner, (item) => this.visit('modifier', item, owner, at))
      case 'modifier': {
        const node = this.#node(value, owner, at)
        return this.#shaped(node, shapeOf(MODIFIERS, node['type']), 'This clause', at)
      }
      case 'type':
        return this.#shaped(this.#node(value, owner, at), { id: 'plain', type_info: 'type-info' }, 'This type', deeper(at))
      case 'types':
        return this.#each(value, owner, (item) => this.visit('type', item, owner, at))
      case 'named-types':
        return this.#each(value, owner, (item) => this.#shaped(this.#node(item, owner, at), { first: 'plain', second: 'type' }, 'This type', at))
      case 'type-info': {
        if (value === null) return
        const node = this.#node(value, owner, at)
        return this.#shaped(node, shapeOf(TYPE_INFOS, node['type']), 'This type', deeper(at))
      }
      case 'type-name':
        if (!NAMED_TYPES.has(lowerName(plain(value)))) this.#unknown(`The type "${plain(value).slice(0, 100)}"`, owner)
        return
      case 'table':
        return this.#table(this.#node(value, owner, at), at)
      case 'version':
        if (value !== null && this.#options.versions !== true) this.#unknown('This clause', owner)
        return
      case 'table-function': {
        const node = this.#node(value, owner, at)
        this.#call(node, ALLOWED_TABLE_FUNCTIONS, false)
        return this.#shaped(node, EXPRESSIONS['FUNCTION:FUNCTION'], 'This function', deeper(at))
      }
      case 'pivots':
        return this.#each(value, owner, (item) => this.#shaped(this.#node(item, owner, at), PIVOT_COLUMN, 'This PIVOT', at))
      case 'pivot-entries':
        return this.#each(value, owner, (item) => this.#shaped(this.#node(item, owner, at), PIVOT_ENTRY, 'This PIVOT', at))
      case 'query':
        return this.#query(this.#node(value, owner, at), deeper(at))
      case 'recursive-query':
        return this.visit('query', value, owner, withName(at, plain(owner['cte_name'])))
      case 'statement':
        return this.#shaped(this.#node(value, owner, at), STATEMENT, 'This statement', at)
      case 'expression?': case 'statement?':
        if (value !== null) this.visit(part === 'expression?' ? 'expression' : 'statement', value, owner, at)
        return
      case 'with':
        // Walked by #query, because its names are in scope for the rest of the query.
        return
    }
  }

  #shaped(node: TreeNode, shape: Shape | undefined, what: string, at: At): void {
    if (shape === undefined) return this.#unknown(what, node)
    for (const [member, value] of Object.entries(node)) {
      const part = Object.hasOwn(shape, member) ? shape[member] : undefined
      if (part === undefined) return this.#unknown(`${what} with "${member.slice(0, 50)}"`, node)
      this.visit(part, value, node, at)
    }
  }

  #expression(node: TreeNode, at: At): void {
    const kind = `${plain(node['class'])}:${plain(node['type'])}`
    const call = node['function_name']
    if (call !== undefined) this.#call(node, this.#options.functions, at.sized)
    const arrows = at.arrows + (kind === 'LAMBDA:LAMBDA' || call === '->>' ? 1 : 0)
    if (arrows > ARROWS_LIMIT) this.#tooMany('chained arrows', ARROWS_LIMIT, node)
    const sized = at.sized || (typeof call === 'string' && isSizing(call))
    this.#shaped(node, shapeOf(EXPRESSIONS, kind), `An expression of the kind ${kind.toLowerCase().replace(':', ' ')}`, { ...deeper(at), arrows, sized })
  }

  #call(node: TreeNode, functions: ReadonlySet<string>, sized: boolean): void {
    const refused = checkCall(node, functions, sized)
    if (refused !== undefined) throw new Refusal(refused(this.#where(node)))
  }

  #table(node: TreeNode, at: At): void {
    const kind = plain(node['type'])
    this.#shaped(node, shapeOf(TABLES, kind), kind === 'SHOW_REF' ? 'DESCRIBE, SUMMARIZE or SHOW' : 'This form of FROM', deeper(at))
    if (kind !== 'BASE_TABLE') return
    const schema = lowerName(plain(node['schema_name']))
    const name = lowerName(plain(node['table_name']))
    const version = this.#version(node)
    if (schema === '' && at.names.has(name)) {
      if (version !== undefined) this.#unknown('A version of a WITH query', node)
      return
    }
    if (!this.#options.tables(schema, name)) {
      const said = schema === '' ? name : `${schema}.${name}`
      throw new Refusal(messages['sql-unknown-table']({ name: said.slice(0, 200) }, this.#where(node)))
    }
    this.reads.set(JSON.stringify([schema, name]), { schema, name })
    this.references.push({ schema, name, spelled: plain(node['table_name']), alias: plain(node['alias']), offset: offsetOf(node) ?? this.#unknown('A table without a place', node), ...(version !== undefined && { at: version }) })
  }

  #version(node: TreeNode): VersionLiteral | undefined {
    const clause = node['at_clause']
    if (!isNode(clause)) return undefined
    return readAtClause(clause) ?? this.#refuse(messages['sql-version-not-literal']({}, this.#where(node)))
  }

  // A WITH name is in scope for the WITH queries after it and for the query itself, never for its own unless recursive.
  #query(node: TreeNode, at: At): void {
    let inside = at
    const ctes = node['cte_map']
    this.#each(isNode(ctes) ? ctes['map'] : undefined, node, (item) => {
      const entry = this.#node(item, node, inside)
      this.#shaped(this.#node(entry['value'], node, inside), WITH_QUERY, 'This WITH', inside)
      inside = withName(inside, plain(entry['key']))
    })
    this.#shaped(node, shapeOf(QUERIES, node['type']), 'This form of query', inside)
  }

  // Values without expressions in them: constants, samples, names with their parts.
  #data(value: TreeValue | undefined, owner: TreeNode, at: At): void {
    if (Array.isArray(value)) return this.#each(value, owner, (item) => this.#data(item, owner, deeper(at)))
    if (!isNode(value)) return
    const node = this.#node(value, owner, at)
    if (node['class'] !== undefined || node['node'] !== undefined) this.#unknown('An expression in this place', owner)
    for (const [member, inner] of Object.entries(node)) {
      if (member === 'type' && isNode(inner)) this.visit('type', inner, owner, at)
      else this.#data(inner, owner, deeper(at))
    }
  }

  #each(value: TreeValue | undefined, owner: TreeNode, visitItem: (item: TreeValue) => void): void {
    if (!Array.isArray(value)) return this.#unknown('This form of statement', owner)
    for (const item of value as readonly TreeValue[]) visitItem(item)
  }

  #node(value: TreeValue | undefined, owner: TreeNode, { depth }: At): TreeNode {
    if (!isNode(value)) return this.#unknown('This form of statement', owner)
    this.#nodes += 1
    if (this.#nodes > NODE_LIMIT) this.#tooMany('parts', NODE_LIMIT, value)
    if (depth > DEPTH_LIMIT) this.#tooMany('nested expressions', DEPTH_LIMIT, value)
    return value
  }

  #unknown(what: string, node: TreeNode): never {
    this.#refuse(messages['sql-not-allowed']({ what }, this.#where(node)))
  }

  #refuse(diagnostic: Diagnostic): never {
    throw new Refusal(diagnostic)
  }

  #tooMany(what: string, limit: number, node: TreeNode): never {
    throw new Refusal(messages['sql-too-complex']({ what, limit }, this.#where(node)))
  }

  #where(node: TreeNode): { place?: ReturnType<typeof placeAt> } {
    const offset = offsetOf(node)
    return offset === undefined ? {} : { place: placeAt(this.#text, offset) }
  }
}

const ORDER: Shape = { type: 'plain', null_order: 'plain', expression: 'expression' }

// The engine gives 2^64-1 where a part has no place of its own.
function offsetOf(node: TreeNode): number | undefined {
  const offset = Number(String(node['query_location'] ?? NaN))
  return Number.isSafeInteger(offset) ? offset : undefined
}

const shapeOf = (shapes: Readonly<Record<string, Shape>>, kind: TreeValue | undefined): Shape | undefined =>
  typeof kind === 'string' && Object.hasOwn(shapes, kind) ? shapes[kind] : undefined

const plain = (value: TreeValue | undefined): string => (typeof value === 'string' ? value : '')

const deeper = (at: At): At => ({ ...at, depth: at.depth + 1 })

const withName = (at: At, name: string): At => ({ ...at, names: new Set([...at.names, lowerName(name)]) })
