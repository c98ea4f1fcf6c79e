// One rendering of a node: the names that its template and the macros it calls can see. Nothing here touches a file, a
// network or the environment; what the warehouse knows comes by `answers`.

import type { Json } from '@tulle/kernel'
import { raise } from '../jinja/errors.ts'
import { compileExpression } from '../jinja/compile-expression.ts'
import { compileMacro } from '../jinja/compile.ts'
import { Budget, JINJA_LIMITS, JinjaError, placeOf } from '../jinja/limits.ts'
import type { JinjaLimits } from '../jinja/limits.ts'
import { renderOrThrow, runOf } from '../jinja/render.ts'
import { Scope } from '../jinja/scope.ts'
import type { BlockNode, Template } from '../jinja/types.ts'
import { Func, Space } from '../jinja/values.ts'
import type { CallSite, Value } from '../jinja/values.ts'
import type { Macro, ProjectSettings } from '../types.ts'
import { messages } from '../messages.ts'
import type { Answers } from './answers.ts'
import { isSpelling, spell } from './cross-database.ts'
import { GENERIC_TESTS } from './generic-tests.ts'
import type { MacroIndex } from './macro-index.ts'
import type { Relation } from './relation.ts'

/** What of a node its templates see. */
export interface Seen {
  readonly id: string
  readonly name: string
  readonly package: string
  readonly config: Readonly<Record<string, Json>>
  readonly this: Relation | undefined
  /** The node as `model` shows it. */
  readonly model: () => Value
}

/** How the references of one rendering resolve. */
export interface Resolver {
  ref(call: { readonly package?: string; readonly name: string; readonly version?: string }, site: CallSite): Value
  source(source: string, table: string, site: CallSite): Value
  /** Takes what `config(…)` says while a project is read. */
  config?(settings: ReadonlyMap<string, Value>): void
}

export interface House {
  readonly settings: ProjectSettings
  readonly macros: MacroIndex
  readonly variable: (name: string, forPackage: string) => Json | undefined
  /** `graph`: the whole project, made when asked for. */
  readonly graph: () => Value
  readonly projectName: string
  readonly invocation: string
  /** Names that are the same for every node; `context` fills it. */
  readonly shared: (name: string) => Value
}

export interface RenderingOptions {
  readonly seen: Seen
  readonly resolver: Resolver
  readonly execute: boolean
  readonly incremental?: boolean
  readonly fullRefresh?: boolean
  readonly answers?: Answers
  readonly limits?: JinjaLimits
  readonly log?: (line: string) => void
  /** What a unit test sets: it wins over every macro and function. */
  readonly overrides?: ReadonlyMap<string, Value>
  readonly vars?: Readonly<Record<string, Json>>
}

export class Rendering {
  readonly house: House
  readonly options: RenderingOptions
  /** What `statement` has kept, by name. */
  readonly results = new Map<string, Value>()
  readonly #budget: Budget
  readonly #own: (rendering: Rendering, name: string, forPackage: string) => Value
  readonly #cache = new Map<string, Value>()

  constructor(house: House, options: RenderingOptions, own: (rendering: Rendering, name: string, forPackage: string) => Value) {
    this.house = house
    this.options = options
    this.#own = own
    this.#budget = new Budget(options.limits ?? JINJA_LIMITS, () => performance.now())
  }

  render(template: Template): string {
    return renderOrThrow(template, { globals: this.globalsFor(this.options.seen.package), budget: this.#budget, strict: this.house.settings.plain === true })
  }

  /** The value where the template is one expression, else its text. */
  value(template: Template): Value {
    const [only] = template.body
    if (template.body.length !== 1 || only?.kind !== 'output') return this.render(template)
    return compileExpression(only.value)(new Scope(runOf(template, { globals: this.globalsFor(this.options.seen.package), budget: this.#budget })))
  }

  globalsFor(forPackage: string): (name: string) => Value {
    return (name) => this.#find(name, forPackage)
  }

  #find(name: string, forPackage: string): Value {
    const overridden = this.options.overrides?.get(name)
    if (overridden !== undefined) return overridden
    const key = `${forPackage}\u0000${name}`
    if (this.#cache.has(key)) return this.#cache.get(key)
    const found = this.#own(this, name, forPackage) ?? this.#macroNamed(name, forPackage) ?? this.house.shared(name) ?? this.builtIn(name)
    this.#cache.set(key, found)
    return found
  }

  #macroNamed(name: string, forPackage: string): Value {
    const { macros } = this.house
    const macro = macros.find(name, forPackage)
    if (macro !== undefined) return this.macro(macro)
    if (name === 'dbt') return new Space('dbt', (member) => ((own) => (own === undefined ? this.builtIn(member) : this.macro(own)))(macros.inRoot(member)))
    return macros.has(name) ? new Space(name, (member) => ((found) => (found === undefined ? undefined : this.macro(found)))(macros.in(name, member))) : undefined
  }

  /** dbt's own macros. */
  builtIn(name: string): Value {
    const plain = name.replace(/^(?:default|duckdb)__/u, '')
    if (isSpelling(plain)) return new Func(name, (args, keywords) => (this.#dispatched(plain) ?? new Func(plain, (given, named) => spell(plain, given, named))).call(args, keywords, NOWHERE))
    const test = Object.hasOwn(GENERIC_TESTS, plain) ? GENERIC_TESTS[plain] : undefined
    if (test !== undefined) return new Func(name, (args, keywords) => test((parameter) => (parameter === 'model' ? (args[0] ?? keywords.get(parameter)) : parameter === 'column_name' ? (args[1] ?? keywords.get(parameter)) : keywords.get(parameter))))
    return undefined
  }

  /** The project's own spelling of one of dbt's macros. */
  #dispatched(name: string): Func | undefined {
    const own = this.house.macros.inRoot(`duckdb__${name}`) ?? this.house.macros.inRoot(`default__${name}`)
    return own === undefined ? undefined : this.macro(own)
  }

  macro(macro: Macro): Func {
    const key = `\u0000${macro.id}`
    const known = this.#cache.get(key)
    if (known instanceof Func) return known
    const run = runOf(macro.template, { globals: this.globalsFor(macro.package), budget: this.#budget, strict: this.house.settings.plain === true })
    const made = defined(macro.block)(new Scope(run))
    this.#cache.set(key, made)
    return made
  }

  /** `adapter.dispatch`. */
  dispatch(name: string, namespace: string | undefined, forPackage: string): Value {
    for (const space of this.house.macros.searchOrder(namespace, forPackage)) {
      for (const prefix of ['duckdb', 'default']) {
        const found = this.house.macros.in(space, `${prefix}__${name}`)
        if (found !== undefined) return this.macro(found)
      }
    }
    if (namespace === undefined || namespace === 'dbt') return this.builtIn(name) ?? this.house.shared(name) ?? this.#own(this, name, forPackage) ?? notDispatched(name)
    return notDispatched(name)
  }
}

const NOWHERE: CallSite = { file: '', text: '', at: 0 }
const notDispatched = (name: string): never => raise(`no macro "duckdb__${name}" or "default__${name}" is in the packages that were searched`)

const compiled = new WeakMap<BlockNode, (scope: Scope) => Func>()
function defined(block: BlockNode): (scope: Scope) => Func {
  let made = compiled.get(block)
  if (made === undefined) {
    made = compileMacro(block.kind === 'test' ? { ...block, name: `test_${block.name}` } : block)
    compiled.set(block, made)
  }
  return made
}

/** What `raise_compiler_error` throws. */
export function compilerError(detail: string, site: CallSite): never {
  throw new JinjaError(messages['dbt-raised']({ detail }, { place: placeOf(site.file, site.text, site.at) }))
}
