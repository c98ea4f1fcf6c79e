// `dbt_project.yml` to a package, and which packages lie in the project's folder.

import type { Diagnostic, Json } from '@tulle/kernel'
import type { Config, Package, ProjectFiles } from '../types.ts'
import { messages } from '../messages.ts'
import { isMap, listOf, mapOf, placeOfName, readYaml, textOf } from './read-yaml.ts'

const NAME = /^[A-Za-z_]\w*$/u
const PATHS = { models: ['model-paths', 'source-paths', 'models'], seeds: ['seed-paths', 'data-paths', 'seeds'], snapshots: ['snapshot-paths', '', 'snapshots'], tests: ['test-paths', '', 'tests'], macros: ['macro-paths', '', 'macros'], analyses: ['analysis-paths', '', 'analyses'], docs: ['docs-paths', '', ''] } as const

/** `render` gives the values of templates in the file, hooks left out; they are rendered when they run. */
export function readPackage(files: ProjectFiles, folder: string, render: (value: Json, file: string, vars: Config) => Json, found: Diagnostic[]): Package | undefined {
  const file = `${folder}dbt_project.yml`
  const text = files.get(file)
  if (text === undefined) {
    found.push(messages['dbt-no-project']({ folder: folder === '' ? '.' : folder }))
    return undefined
  }
  const yaml = readYaml(text, file)
  if (!yaml.ok) {
    found.push(...yaml.diagnostics)
    return undefined
  }
  const raw = mapOf(yaml.value.value)
  const name = textOf(raw['name'])
  if (!NAME.test(name)) {
    found.push(messages['dbt-project-name']({ name }, { place: placeOfName(yaml.value, name) }))
    return undefined
  }
  const vars = mapOf(raw['vars'])
  const rendered = (key: string): Config => mapOf(render(mapOf(raw[key]), file, vars))
  const pathsOf = ([key, old, fallback]: readonly [string, string, string]): readonly string[] => {
    const given = listOf(raw[key] ?? raw[old])
    return (given.length > 0 ? given.map((path) => textOf(path)) : fallback === '' ? [] : [fallback]).map((path) => path.replace(/^\.\//u, '').replace(/\/+$/u, ''))
  }
  return {
    name,
    folder,
    file,
    version: textOf(raw['version'], '0.0.0'),
    paths: Object.fromEntries(Object.entries(PATHS).map(([kind, keys]) => [kind, pathsOf(keys)])) as unknown as Package['paths'],
    vars,
    configs: { models: rendered('models'), seeds: rendered('seeds'), snapshots: rendered('snapshots'), tests: { ...rendered('tests'), ...rendered('data_tests') }, sources: rendered('sources'), exposures: rendered('exposures') },
    onRunStart: listOf(raw['on-run-start']).map((hook) => textOf(hook)),
    onRunEnd: listOf(raw['on-run-end']).map((hook) => textOf(hook)),
    dispatch: listOf(raw['dispatch']).filter(isMap).map((one) => ({ namespace: textOf(one['macro_namespace']), order: listOf(one['search_order']).map((order) => textOf(order)) })),
    root: folder === '',
  }
}

/** The folders of packages: those of `local:` in `packages.yml`, and all that `dbt deps` has put into `dbt_packages`. */
export function packageFolders(files: ProjectFiles, found: Diagnostic[]): readonly string[] {
  const folders = new Set<string>()
  const wanted: { readonly name: string; readonly file: string; readonly text: string }[] = []
  for (const file of ['packages.yml', 'dependencies.yml']) {
    const text = files.get(file)
    if (text === undefined) continue
    const yaml = readYaml(text, file)
    if (!yaml.ok) {
      found.push(...yaml.diagnostics)
      continue
    }
    for (const entry of listOf(mapOf(yaml.value.value)['packages']).filter(isMap)) {
      const local = textOf(entry['local'])
      if (local === '') {
        const named = textOf(entry['package'] ?? entry['git'] ?? entry['tarball'])
        wanted.push({ name: textOf(entry['name'], named.replace(/\.git$/u, '').split('/').at(-1) ?? named), file, text })
      } else {
        const folder = `${local.replace(/^\.\//u, '').replace(/\/+$/u, '')}/`
        if (files.has(`${folder}dbt_project.yml`)) folders.add(folder)
        else found.push(messages['dbt-package-missing']({ name: local }, { place: placeOfName({ file, text }, local, 'local') }))
      }
    }
  }
  for (const path of files.keys()) {
    const [, folder] = /^((?:dbt_packages|dbt_modules)\/[^/]+\/)dbt_project\.yml$/u.exec(path) ?? []
    if (folder !== undefined) folders.add(folder)
  }
  const there = [...folders].map((folder) => folder.split('/').at(-2)?.replaceAll('-', '_'))
  for (const { name, file, text } of wanted) {
    if (!there.includes(name.replaceAll('-', '_')) && !there.some((one) => one !== undefined && name.replaceAll('-', '_').includes(one))) found.push(messages['dbt-package-missing']({ name }, { place: placeOfName({ file, text }, name, 'package') }))
  }
  return [...folders].toSorted()
}
