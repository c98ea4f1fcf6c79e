// A node's template rendered without a warehouse: what it reads, and how it wants to be built.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { JinjaError } from '../jinja/limits.ts'
import { Return } from '../jinja/compile.ts'
import type { Template } from '../jinja/types.ts'
import { toJson } from '../jinja/values.ts'
import { nodeName } from '../context/node-names.ts'
import { Relation } from '../context/relation.ts'
import { Rendering } from '../context/rendering.ts'
import type { House, Seen } from '../context/rendering.ts'
import type { RefCall } from '../types.ts'
import { plainCalls } from './find-uses.ts'
import type { Captured } from './memory.ts'

/** Errors are the template's own diagnostics. What only a later run reads, `if is_incremental()`, is found by a second rendering. */
export function capture(house: House, seen: Seen, template: Template): Result<Captured> {
  const rendered = captureOnce(house, seen, template, false)
  const first = rendered.ok && house.settings.plain === true ? ok(withPlainCalls(rendered.value, template)) : rendered
  if (!first.ok || !template.text.includes('is_incremental')) return first
  const later = captureOnce(house, seen, template, true)
  if (!later.ok) return first
  const { config, refs, sources } = first.value
  return ok({ config, refs: joined(refs, later.value.refs), sources: joined(sources, later.value.sources) })
}

/** What is read by calls with nothing but texts, wherever they stand. */
function withPlainCalls({ config, refs, sources }: Captured, { body }: Template): Captured {
  const calls = plainCalls(body)
  const textsOf = (word: string): readonly (readonly string[])[] => calls.filter((call) => call.word === word).map(({ texts }) => texts)
  return {
    config,
    refs: joined(refs, textsOf('ref').map(([first = '', second]): RefCall => (second === undefined ? { name: first } : { package: first, name: second }))),
    sources: joined(sources, textsOf('source').map(([first = '', second = first]) => [first, second] as const)),
  }
}

function joined<T>(some: readonly T[], more: readonly T[]): readonly T[] {
  const known = new Set(some.map((one) => JSON.stringify(one)))
  return [...some, ...more.filter((one) => !known.has(JSON.stringify(one)))]
}

function captureOnce(house: House, seen: Seen, template: Template, incremental: boolean): Result<Captured> {
  const config: Record<string, Json> = {}
  const refs = new Map<string, RefCall>()
  const sources = new Map<string, readonly [string, string]>()
  const rendering = new Rendering(house, {
    seen,
    execute: false,
    incremental,
    resolver: {
      ref: (call) => {
        refs.set(JSON.stringify([call.package, call.name, call.version]), call)
        return new Relation({ schema: 'ref', identifier: call.name })
      },
      source: (source, table) => {
        sources.set(JSON.stringify([source, table]), [source, table])
        return new Relation({ schema: source, identifier: table })
      },
      config: (settings) => {
        for (const [key, value] of settings) Object.defineProperty(config, key === 'pre_hook' ? 'pre-hook' : key === 'post_hook' ? 'post-hook' : key, { value: toJson(value), enumerable: true, configurable: true, writable: true })
      },
    },
  }, nodeName)
  try {
    rendering.render(template)
  } catch (error) {
    if (error instanceof JinjaError) return fail(error.diagnostic)
    if (!(error instanceof Return)) throw error
  }
  return ok({ config, refs: [...refs.values()], sources: [...sources.values()] })
}

