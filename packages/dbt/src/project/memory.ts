// What reading a project again need not do again: a file whose text is the same is the same template, and says the same of
// itself while the project around it says the same.

import { sha256 } from '@tulle/kernel'
import type { Json, Result } from '@tulle/kernel'
import type { Template } from '../jinja/types.ts'
import type { RefCall } from '../types.ts'
import type { Yaml } from './read-yaml.ts'

/** What a node says of itself when it is rendered without a warehouse. */
export interface Captured {
  readonly config: Readonly<Record<string, Json>>
  readonly refs: readonly RefCall[]
  readonly sources: readonly (readonly [string, string])[]
}

export class ProjectMemory {
  readonly #checksums = new WeakMap<Template, string>()
  readonly #templates = new Map<string, { readonly text: string; readonly template: Result<Template> }>()
  readonly #yaml = new Map<string, { readonly text: string; readonly yaml: Result<Yaml> }>()
  readonly #captured = new Map<string, { readonly template: Template; readonly around: string; readonly captured: Result<Captured> }>()

  template(key: string, text: string, read: () => Result<Template>): Result<Template> {
    const before = this.#templates.get(key)
    if (before?.text === text) return before.template
    const template = read()
    this.#templates.set(key, { text, template })
    return template
  }

  /** Of a template that is one node by itself. */
  checksum(template: Template): string {
    const before = this.#checksums.get(template)
    if (before !== undefined) return before
    const checksum = sha256(template.text.trim())
    this.#checksums.set(template, checksum)
    return checksum
  }

  yaml(key: string, text: string, read: () => Result<Yaml>): Result<Yaml> {
    const before = this.#yaml.get(key)
    if (before?.text === text) return before.yaml
    const yaml = read()
    this.#yaml.set(key, { text, yaml })
    return yaml
  }

  /** `around` is a fingerprint of all else that what a node says depends on. */
  captured(id: string, template: Template, around: string, capture: () => Result<Captured>): Result<Captured> {
    const before = this.#captured.get(id)
    if (before?.template === template && before.around === around) return before.captured
    const captured = capture()
    this.#captured.set(id, { template, around, captured })
    return captured
  }
}
