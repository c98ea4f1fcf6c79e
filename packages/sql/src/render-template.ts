// Carries a template's tree out, node by node, within limits of steps, depth and size. What is not named here is
// refused: no includes, no imports, no inheritance, no call blocks.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'
import { placeOf } from './parse-template.ts'
import type { TemplateNode } from './parse-template.ts'
import { Callable, FILTERS, isEqual, isList, isMap, isTrue, memberOf, printed } from './template-values.ts'
import type { Value } from './template-values.ts'

const STEP_LIMIT = 100_000
const DEPTH_LIMIT = 100
/** Characters of all texts that are made on the way, the result included. */
const TEXT_LIMIT = 2 * 1024 * 1024

/** The text that the template gives with these names in scope. */
export function renderTemplate(root: TemplateNode, names: ReadonlyMap<string, Value>, text: string, file: string): Result<string> {
  try {
    return ok(new Rendering(text, file).body(root, { names: new Map(names), outer: undefined }, 0))
  } catch (error) {
    if (error instanceof TemplateRefusal) return fail(error.diagnostic)
    throw error
  }
}

/** Ends a rendering with a finding; thrown by the functions that a template is given, caught by `renderTemplate`. */
export class TemplateRefusal extends Error {
  readonly diagnostic: Diagnostic
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message)
    this.diagnostic = diagnostic
  }
}

interface Frame { readonly names: Map<string, Value>; readonly outer: Frame | undefined }

const nodesOf = (value: unknown): readonly TemplateNode[] => value as readonly TemplateNode[]
const nodeOf = (value: unknown): TemplateNode => value as TemplateNode

class Rendering {
  readonly #text: string
  readonly #file: string
  #steps = 0
  #characters = 0

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
  }

  /** The output of a list of nodes. */
  body(node: TemplateNode, frame: Frame, depth: number): string {
    let output = ''
    for (const child of nodesOf(node['children'])) output += this.#statement(child, frame, depth + 1)
    return output
  }

  #statement(node: TemplateNode, frame: Frame, depth: number): string {
    this.#step(node, depth)
    switch (node.typename) {
      case 'Output':
        return nodesOf(node['children']).map((child) => (child.typename === 'TemplateData' ? this.#made(String(child['value']), node) : this.#printed(child, frame, depth))).join('')
      case 'If':
        if (isTrue(this.#value(nodeOf(node['cond']), frame, depth))) return this.body(nodeOf(node['body']), frame, depth)
        return this.#else(node['else_'], frame, depth)
      case 'For':
        return this.#for(node, frame, depth)
      case 'Set':
        return this.#set(node, frame, depth)
      case 'Macro':
        frame.names.set(this.#name(node['name'], node), this.#macro(node, frame, depth))
        return ''
      case 'NodeList':
        return this.body(node, frame, depth)
      default:
        return this.#forbidden(node, `{% ${node.typename.toLowerCase()} %}`)
    }
  }

  #else(node: unknown, frame: Frame, depth: number): string {
    if (node === null || node === undefined) return ''
    const other = nodeOf(node)
    return other.typename === 'If' ? this.#statement(other, frame, depth) : this.body(other, frame, depth)
  }

  #printed(node: TemplateNode, frame: Frame, depth: number): string {
    const value = this.#value(node, frame, depth)
    if (value === undefined) this.#wrong(node, 'a value is not defined.')
    return this.#made(printed(value), node)
  }

  #for(node: TemplateNode, frame: Frame, depth: number): string {
    const over = this.#value(nodeOf(node['arr']), frame, depth)
    const items: readonly Value[] = isMap(over) ? [...over.keys()] : isList(over) ? over : this.#wrong(node, 'what is looped over is not a list.')
    if (items.length === 0) return this.#else(node['else_'], frame, depth)
    const targets = nodeOf(node['name'])
    return items.map((item, i) => {
      const names = new Map<string, Value>([['loop', new Map<string, Value>([
        ['index', i + 1], ['index0', i], ['first', i === 0], ['last', i === items.length - 1], ['length', items.length],
      ])]])
      if (targets.typename === 'Symbol') names.set(this.#name(targets, node), item)
      else nodesOf(targets['children']).forEach((target, at) => names.set(this.#name(target, node), isList(item) ? item[at] : undefined))
      return this.body(nodeOf(node['body']), { names, outer: frame }, depth)
    }).join('')
  }

  #set(node: TemplateNode, frame: Frame, depth: number): string {
    // nunjucks leaves the body of `{% set x %}…{% endset %}` in a member that is not among its declared fields.
    const block = node['body'] as TemplateNode | undefined | null
    const value = node['value'] !== null && node['value'] !== undefined
      ? this.#value(nodeOf(node['value']), frame, depth)
      : block !== null && block !== undefined ? this.#capture(block, frame, depth) : this.#forbidden(node, 'this form of set')
    for (const target of nodesOf(node['targets'])) frame.names.set(this.#name(target, node), value)
    return ''
  }

  #capture(node: TemplateNode, frame: Frame, depth: number): string {
    this.#step(node, depth)
    return this.body(node.typename === 'Capture' || node.typename === 'CallExtension' ? nodeOf(node['body']) : node, frame, depth + 1)
  }

  #macro(node: TemplateNode, frame: Frame, depth: number): Callable {
    const parameters = nodesOf(nodeOf(node['args'])['children'])
    const plainOnes = parameters.filter(({ typename }) => typename === 'Symbol')
    const defaults = parameters.filter(({ typename }) => typename === 'KeywordArgs').flatMap((keywords) => nodesOf(keywords['children']))
    return new Callable((args, named) => {
      const names = new Map<string, Value>()
      const all = [...plainOnes.map((name) => ({ name, fallback: undefined as TemplateNode | undefined })), ...defaults.map((pair) => ({ name: nodeOf(pair['key']), fallback: nodeOf(pair['value']) }))]
      all.forEach(({ name, fallback }, i) => {
        const key = this.#name(name, node)
        names.set(key, named.get(key) ?? args[i] ?? (fallback === undefined ? undefined : this.#value(fallback, frame, depth)))
      })
      this.#calls += 1
      if (this.#calls > CALL_DEPTH_LIMIT) this.#limit(node, 'calls its macros too deeply')
      const output = this.body(nodeOf(node['body']), { names, outer: frame }, depth)
      this.#calls -= 1
      return output
    })
  }

  #calls = 0

  #group(node: TemplateNode, frame: Frame, depth: number): Value {
    const [child] = nodesOf(node['children'])
    return child === undefined ? this.#wrong(node, 'a value is expected.') : this.#value(child, frame, depth)
  }

  #value(node: TemplateNode, frame: Frame, depth: number): Value {
    this.#step(node, depth)
    const at = depth + 1
    const part = (field: string): Value => this.#value(nodeOf(node[field]), frame, at)
    const number = (field: string): number => {
      const value = part(field)
      return typeof value === 'number' ? value : this.#wrong(node, 'a number is expected.')
    }
    switch (node.typename) {
      case 'Literal': {
        const value = node['value']
        return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null ? value : this.#forbidden(node, 'a regular expression')
      }
      case 'Symbol':
        return this.#symbol(node, frame)
      case 'Group':
        return this.#group(node, frame, at)
      case 'Array':
        return nodesOf(node['children']).map((child) => this.#value(child, frame, at))
      case 'Dict':
        return new Map(nodesOf(node['children']).map((pair) => {
          const key = nodeOf(pair['key'])
          return [key.typename === 'Symbol' ? String(key['value']) : printed(this.#value(key, frame, at)), this.#value(nodeOf(pair['value']), frame, at)]
        }))
      case 'LookupVal':
        return memberOf(part('target'), part('val'))
      case 'FunCall':
        return this.#call(node, frame, at)
      case 'Filter':
        return this.#filter(node, frame, at)
      case 'Capture':
        return this.#capture(node, frame, at)
      case 'InlineIf':
        return isTrue(part('cond')) ? part('body') : node['else_'] === null ? '' : part('else_')
      case 'And': {
        const left = part('left')
        return isTrue(left) ? part('right') : left
      }
      case 'Or': {
        const left = part('left')
        return isTrue(left) ? left : part('right')
      }
      case 'Not':
        return !isTrue(part('target'))
      case 'In': {
        const [left, right] = [part('left'), part('right')]
        if (typeof right === 'string') return right.includes(printed(left))
        if (isMap(right)) return right.has(printed(left))
        return isList(right) && right.some((item) => isEqual(item, left))
      }
      case 'Is':
        return this.#is(node, frame, at)
      case 'Compare':
        return this.#compare(node, frame, at)
      case 'Concat':
        return this.#made(printed(part('left')) + printed(part('right')), node)
      case 'Add': {
        const [left, right] = [part('left'), part('right')]
        if (typeof left === 'number' && typeof right === 'number') return left + right
        if (isList(left) && isList(right)) return this.#list([...left, ...right], node)
        return this.#made(printed(left) + printed(right), node)
      }
      case 'Sub':
        return number('left') - number('right')
      case 'Mul':
        return number('left') * number('right')
      case 'Div':
        return number('left') / number('right')
      case 'FloorDiv':
        return Math.floor(number('left') / number('right'))
      case 'Mod':
        return number('left') % number('right')
      case 'Pow':
        return number('left') ** number('right')
      case 'Neg':
        return -number('target')
      case 'Pos':
        return number('target')
      default:
        return this.#forbidden(node, node.typename.toLowerCase())
    }
  }

  #symbol(node: TemplateNode, frame: Frame): Value {
    const name = String(node['value'])
    for (let at: Frame | undefined = frame; at !== undefined; at = at.outer) if (at.names.has(name)) return at.names.get(name)
    if (name === 'none' || name === 'None') return null
    if (name === 'True' || name === 'False') return name === 'True'
    return undefined
  }

  #call(node: TemplateNode, frame: Frame, depth: number): Value {
    const callee = nodeOf(node['name'])
    const called = this.#value(callee, frame, depth)
    const { args, named } = this.#arguments(nodeOf(node['args']), frame, depth)
    if (called instanceof Callable) {
      const value = called.call(args, named, callee)
      return typeof value === 'string' ? this.#made(value, node) : isList(value) ? this.#list(value, node) : value
    }
    return this.#forbidden(callee, callee.typename === 'Symbol' ? `${String(callee['value'])}(…)` : 'this call')
  }

  #arguments(list: TemplateNode, frame: Frame, depth: number): { args: readonly Value[]; named: ReadonlyMap<string, Value> } {
    const args: Value[] = []
    const named = new Map<string, Value>()
    for (const child of nodesOf(list['children'])) {
      if (child.typename !== 'KeywordArgs') {
        args.push(this.#value(child, frame, depth))
        continue
      }
      for (const pair of nodesOf(child['children'])) {
        if (nodeOf(pair['value']).typename === 'Caller') this.#forbidden(list, '{% call %}')
        named.set(String(nodeOf(pair['key'])['value']), this.#value(nodeOf(pair['value']), frame, depth))
      }
    }
    return { args, named }
  }

  #filter(node: TemplateNode, frame: Frame, depth: number): Value {
    const name = String(nodeOf(node['name'])['value'])
    const filter = FILTERS.get(name)
    if (filter === undefined) return this.#forbidden(node, `the filter "${name}"`)
    const { args } = this.#arguments(nodeOf(node['args']), frame, depth)
    const value = filter(args[0], ...args.slice(1))
    return typeof value === 'string' ? this.#made(value, node) : value
  }

  #is(node: TemplateNode, frame: Frame, depth: number): boolean {
    const test = nodeOf(node['right'])
    // `none` is a literal to the parser.
    const name = test['value'] === null ? 'none' : String(test['value'] ?? test.typename)
    const value = this.#value(nodeOf(node['left']), frame, depth)
    switch (name) {
      case 'defined':
        return value !== undefined
      case 'undefined':
        return value === undefined
      case 'none':
        return value === null
      case 'string':
        return typeof value === 'string'
      case 'number':
        return typeof value === 'number'
      case 'odd':
        return typeof value === 'number' && Math.abs(value % 2) === 1
      case 'even':
        return typeof value === 'number' && value % 2 === 0
      default:
        return this.#forbidden(test, `the test "${name}"`)
    }
  }

  #compare(node: TemplateNode, frame: Frame, depth: number): boolean {
    let left = this.#value(nodeOf(node['expr']), frame, depth)
    for (const operand of nodesOf(node['ops'])) {
      const right = this.#value(nodeOf(operand['expr']), frame, depth)
      if (!compared(left, String(operand['type']), right)) return false
      left = right
    }
    return true
  }

  #name(node: unknown, owner: TemplateNode): string {
    const { typename, value } = nodeOf(node)
    return typename === 'Symbol' ? String(value) : this.#forbidden(owner, 'this form of a name')
  }

  #step(node: TemplateNode, depth: number): void {
    this.#steps += 1
    if (this.#steps > STEP_LIMIT) this.#limit(node, `takes more than ${STEP_LIMIT} steps`)
    if (depth > DEPTH_LIMIT) this.#limit(node, 'is nested too deeply')
  }

  #made(text: string, node: TemplateNode): string {
    this.#characters += text.length
    if (this.#characters > TEXT_LIMIT) this.#limit(node, `makes more than ${TEXT_LIMIT} characters`)
    return text
  }

  #list(items: readonly Value[], node: TemplateNode): readonly Value[] {
    this.#steps += items.length
    this.#step(node, 0)
    return items
  }

  #wrong(node: TemplateNode, detail: string): never {
    throw new TemplateRefusal(messages['model-template']({ detail }, { place: placeOf(node, this.#text, this.#file) }))
  }

  #forbidden(node: TemplateNode, what: string): never {
    throw new TemplateRefusal(messages['model-template-forbidden']({ what }, { place: placeOf(node, this.#text, this.#file) }))
  }

  #limit(node: TemplateNode, what: string): never {
    throw new TemplateRefusal(messages['model-template-limit']({ what }, { place: placeOf(node, this.#text, this.#file) }))
  }
}

const CALL_DEPTH_LIMIT = 20

function compared(left: Value, operator: string, right: Value): boolean {
  if (operator === '==' || operator === '===') return isEqual(left, right)
  if (operator === '!=' || operator === '!==') return !isEqual(left, right)
  const [a, b] = typeof left === 'number' && typeof right === 'number' ? [left, right] : [printed(left), printed(right)]
  switch (operator) {
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    default:
      return a >= b
  }
}
