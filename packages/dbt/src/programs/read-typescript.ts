// A model in TypeScript to what it declares, without running it: its inputs (`export const reads`), the columns that they
// flow into where it says so (`export const lineage`), and its function. What could not run in the sandbox is told here.

import { parseSync, Visitor } from 'oxc-parser'
import type { Expression, ObjectProperty, Program as Tree, Statement } from 'oxc-parser'
import type { Diagnostic, Place, Result } from '@tulle/kernel'
import { fail, fingerprintOf, resultOf } from '@tulle/kernel'
import { placeOf } from '../jinja/limits.ts'
import { messages } from '../messages.ts'
import { readReads, readSources } from './read-reads.ts'
import type { Program, ProgramSource } from './types.ts'

const LARGEST = 500_000

/** What a program may import besides types. */
const IMPORTABLE: readonly string[] = ['apache-arrow']

interface Text { readonly place: (node: { readonly start: number; readonly end: number }) => Place; readonly found: Diagnostic[] }

/** Pure. */
export function readTypescript(file: string, text: string): Result<Program> {
  const found: Diagnostic[] = []
  const place: Text['place'] = ({ start, end }) => ({ ...placeOf(file, text, start), ...(end > start && !text.slice(start, end).includes('\n') && { length: end - start }) })
  if (text.length > LARGEST) return fail(messages['dbt-file-limit']({ file, limit: 'characters', most: LARGEST }, { place: { file, line: 1, column: 1 } }))
  const { program: tree, errors } = parseSync(file, text, { lang: 'ts', sourceType: 'module' })
  if (errors.length > 0) {
    return fail(...errors.slice(0, 20).map(({ message, labels: [label] }) => messages['program-syntax']({ detail: message.slice(0, 300) }, { place: place(label ?? { start: 0, end: 0 }) })))
  }
  const within: Text = { place, found }
  refuseForeign(tree, within)
  const written = exported(tree.body, 'reads')
  const reads = readReads(membersOf(written, 'reads', within).flatMap(({ name, value }) => {
    const said = literalOf(value)
    if (said === undefined) found.push(messages['program-literal']({ what: 'What it reads' }, { place: place(value) }))
    return said === undefined ? [] : [{ name, text: said, place: place(value) }]
  }), found)
  const declared = exported(tree.body, 'lineage')
  const lineage = declared === undefined ? undefined : Object.fromEntries(membersOf(declared, 'lineage', within).map(({ name, value }): [string, readonly ProgramSource[]] => {
    const items = bare(value)
    const texts = items.type === 'ArrayExpression' ? items.elements.map((one) => (one === null || one.type === 'SpreadElement' ? undefined : literalOf(one))) : [undefined]
    if (texts.includes(undefined)) found.push(messages['program-literal']({ what: 'Its lineage' }, { place: place(value) }))
    return [name, readSources(texts.flatMap((one) => (one === undefined ? [] : [{ text: one, place: place(value) }])), reads, found)]
  }))
  if (!tree.body.some((one) => one.type === 'ExportDefaultDeclaration')) found.push(messages['program-function']({}, { place: { file, line: 1, column: 1 } }))
  return resultOf({ kind: 'typescript', reads, ...(lineage !== undefined && { lineage }), fingerprint: fingerprintOf(meaningOf(tree)) }, found)
}

/** Imports of anything that the sandbox does not have, and syntax that is no JavaScript with types beside it. */
function refuseForeign(tree: Tree, { place, found }: Text): void {
  const refuse = (node: { readonly start: number; readonly end: number }, name: string): void => {
    found.push(messages['program-import']({ name, may: IMPORTABLE }, { place: place(node) }))
  }
  const unerased = (what: string) => (node: { readonly start: number; readonly end: number }): void => {
    found.push(messages['program-syntax']({ detail: `${what} is more than a type` }, { place: { ...place(node), length: 1 } }))
  }
  const isType = (kind: string | null | undefined): boolean => kind === 'type'
  new Visitor({
    ImportDeclaration: (node) => {
      const areTypes = isType(node.importKind) || (node.specifiers.length > 0 && node.specifiers.every((one) => one.type === 'ImportSpecifier' && isType(one.importKind)))
      if (!areTypes && !IMPORTABLE.includes(node.source.value)) refuse(node.source, node.source.value)
    },
    ExportNamedDeclaration: (node) => {
      if (node.source !== null && !isType(node.exportKind)) refuse(node.source, node.source.value)
    },
    ExportAllDeclaration: (node) => {
      if (!isType(node.exportKind)) refuse(node.source, node.source.value)
    },
    ImportExpression: (node) => refuse(node, 'import()'),
    TSEnumDeclaration: (node) => {
      if (!node.declare) unerased('An enum')(node)
    },
    TSModuleDeclaration: (node) => {
      if (!node.declare) unerased('A namespace')(node)
    },
    TSImportEqualsDeclaration: unerased('This import'),
    TSExportAssignment: unerased('This export'),
    TSParameterProperty: unerased('A parameter property'),
    Decorator: unerased('A decorator'),
  }).visit(tree)
}

function exported(body: readonly Statement[] | Tree['body'], name: string): Expression | undefined {
  for (const one of body) {
    if (one.type !== 'ExportNamedDeclaration' || one.declaration?.type !== 'VariableDeclaration') continue
    const found = one.declaration.declarations.find(({ id }) => id.type === 'Identifier' && id.name === name)
    if (found?.init != null) return found.init
  }
  return undefined
}

/** Without what is said of its type. */
function bare(expression: Expression): Expression {
  const { type } = expression
  return type === 'TSAsExpression' || type === 'TSSatisfiesExpression' || type === 'TSNonNullExpression' || type === 'TSTypeAssertion' || type === 'ParenthesizedExpression' ? bare(expression.expression) : expression
}

function literalOf(expression: Expression): string | undefined {
  const value = bare(expression)
  if (value.type === 'Literal' && typeof value.value === 'string') return value.value
  return value.type === 'TemplateLiteral' && value.expressions.length === 0 ? (value.quasis[0]?.value.cooked ?? undefined) : undefined
}

const nameOf = ({ key, computed }: ObjectProperty): string | undefined => {
  if (computed) return undefined
  if (key.type === 'Identifier') return key.name
  return key.type === 'Literal' && typeof key.value === 'string' ? key.value : undefined
}

/** Of an object that is written out; nothing where there is none. */
function membersOf(expression: Expression | undefined, what: 'reads' | 'lineage', { place, found }: Text): readonly { readonly name: string; readonly value: Expression }[] {
  if (expression === undefined) return []
  const object = bare(expression)
  const said = what === 'reads' ? 'What it reads' : 'Its lineage'
  if (object.type !== 'ObjectExpression') {
    found.push(messages['program-literal']({ what: said }, { place: place(expression) }))
    return []
  }
  return object.properties.flatMap((one) => {
    const name = one.type === 'Property' && one.kind === 'init' && !one.method && !one.shorthand ? nameOf(one) : undefined
    if (name !== undefined && one.type === 'Property') return [{ name, value: one.value as Expression }]
    found.push(messages['program-literal']({ what: said }, { place: place(one) }))
    return []
  })
}

/** Names of members that change nothing: places, spellings, types. */
const BESIDE = new Set(['start', 'end', 'range', 'loc', 'raw', 'typeAnnotation', 'returnType', 'typeParameters', 'typeArguments', 'superTypeArguments', 'implements', 'parent', 'hashbang'])
const ONLY_TYPES = new Set(['TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'TSDeclareFunction'])
const WITH_TYPES = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression', 'TSTypeAssertion', 'ParenthesizedExpression'])

/** The tree without places, spellings and types: a comment, another line or another type is the same program. */
function meaningOf(tree: Tree): string {
  const meaning = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.flatMap((one) => (isNothing(one) ? [] : [meaning(one)]))
    if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? `${value}n` : value
    const node = value as { readonly type?: string; readonly expression?: unknown }
    if (WITH_TYPES.has(node.type ?? '')) return meaning(node.expression)
    return Object.fromEntries(Object.entries(node).filter(([name]) => !BESIDE.has(name)).map(([name, one]) => [name, meaning(one)]))
  }
  return JSON.stringify(meaning(tree.body))
}

const isNothing = (value: unknown): boolean => {
  const node = value as { readonly type?: string; readonly importKind?: string; readonly exportKind?: string; readonly declare?: boolean } | null
  return ONLY_TYPES.has(node?.type ?? '') || node?.importKind === 'type' || node?.exportKind === 'type' || node?.declare === true
}
