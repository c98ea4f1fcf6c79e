// The macros, generic tests and documentation blocks of the packages.

import type { Diagnostic } from '@tulle/kernel'
import { parseTemplate } from '../jinja/parse.ts'
import { placeOf } from '../jinja/limits.ts'
import { MacroIndex } from '../context/macro-index.ts'
import { messages } from '../messages.ts'
import type { DocsBlock, Macro, Package, ProjectFiles } from '../types.ts'
import { findUses } from './find-uses.ts'
import type { ProjectMemory } from './memory.ts'

/** Every macro by its id, `macro.<package>.<name>`. */
export function readMacros(files: ProjectFiles, packages: ReadonlyMap<string, Package>, memory: ProjectMemory, found: Diagnostic[]): ReadonlyMap<string, Macro> {
  const macros = new Map<string, Macro>()
  for (const one of packages.values()) {
    const folders = [...one.paths.macros.map((path) => `${one.folder}${path}/`), ...one.paths.tests.map((path) => `${one.folder}${path}/generic/`)]
    for (const [file, text] of files) {
      if (!file.endsWith('.sql') || !folders.some((folder) => file.startsWith(folder))) continue
      const template = memory.template(file, text, () => parseTemplate(text, file))
      if (!template.ok) {
        found.push(...template.diagnostics)
        continue
      }
      for (const block of template.value.body) {
        if (block.kind !== 'macro' && block.kind !== 'test' && block.kind !== 'materialization') continue
        const name = block.kind === 'materialization' ? `materialization_${block.name}` : block.name
        const id = `macro.${one.name}.${block.kind === 'test' ? `test_${name}` : name}`
        const before = macros.get(id)
        if (before !== undefined) {
          found.push(messages['dbt-twice']({ what: 'macro', name }, { place: placeOf(file, text, block.at), related: [{ place: placeOf(before.file, before.template.text, before.block.at), message: 'It is here already.' }] }))
          continue
        }
        if (block.kind === 'materialization') found.push(messages['dbt-materialization']({ name: block.name }, { place: placeOf(file, text, block.at) }))
        macros.set(id, { id, name, package: one.name, file, template: template.value, block, uses: [], description: '' })
      }
    }
  }
  const index = new MacroIndex(macros.values(), packages)
  return new Map([...macros].map(([id, macro]) => [id, { ...macro, uses: usedMacros(index, macro.block.body, macro.package) }]))
}

/** The macros that a body may call, by id. */
export function usedMacros(index: MacroIndex, body: Macro['block']['body'], forPackage: string): readonly string[] {
  const { names, dispatched } = findUses(body)
  const ids = new Set<string>()
  for (const name of names) {
    const at = name.indexOf('.')
    const macro = at === -1 ? index.find(name, forPackage) : index.in(name.slice(0, at), name.slice(at + 1))
    if (macro !== undefined) ids.add(macro.id)
  }
  for (const { name, namespace } of dispatched) {
    for (const space of index.searchOrder(namespace, forPackage)) {
      const macro = index.in(space, `duckdb__${name}`) ?? index.in(space, `default__${name}`)
      if (macro !== undefined) ids.add(macro.id)
    }
  }
  return [...ids].toSorted()
}

const DOCS = /\{%-?\s*docs\s+([A-Za-z_]\w*)\s*-?%\}([\s\S]*?)\{%-?\s*enddocs\s*-?%\}/gu

/** The text between `{% docs name %}` and `{% enddocs %}`, by `doc.<package>.<name>`. */
export function readDocs(files: ProjectFiles, packages: ReadonlyMap<string, Package>): ReadonlyMap<string, DocsBlock> {
  const docs = new Map<string, DocsBlock>()
  for (const one of packages.values()) {
    const folders = [...new Set(Object.values(one.paths).flat())].map((path) => `${one.folder}${path}/`)
    for (const [file, text] of files) {
      if (!file.endsWith('.md') || !folders.some((folder) => file.startsWith(folder))) continue
      for (const [, name = '', block = ''] of text.matchAll(DOCS)) docs.set(`doc.${one.name}.${name}`, { id: `doc.${one.name}.${name}`, name, package: one.name, file, text: block.trim() })
    }
  }
  return docs
}
