// Models in a product's folder without a dbt project around them: the project that they would be.

import type { DataProduct, DeclaredProject } from '../types.ts'

interface PlainFile { readonly file: string; readonly text: string }

/** Each model is called as the data set that it fills, whatever its file is called. */
export function projectOfModels({ product, models, macros }: { readonly product: string; readonly models: Iterable<readonly [dataSet: string, PlainFile]>; readonly macros: readonly PlainFile[] }): Pick<DeclaredProject, 'files'> & { readonly shown: ReadonlyMap<string, string> } {
  const all: readonly (readonly [string, PlainFile])[] = [
    ...[...models].map(([dataSet, model]) => [`models/${dataSet}.${/\.(?<ending>ts|http\.ya?ml)$/u.exec(model.file)?.groups?.['ending'] ?? 'sql'}`, model] as const),
    ...macros.map((macro) => [`macros/${macro.file.slice(macro.file.lastIndexOf('/') + 1)}`, macro] as const),
  ]
  return { files: new Map([['dbt_project.yml', `name: ${product}\n`], ...all.map(([path, { text }]) => [path, text] as const)]), shown: new Map(all.map(([path, { file }]) => [path, file])) }
}

/** That of a product as it was applied; `shown` where it has no project of its own. Undefined where it has no models. */
export function projectOf({ name, folder, dbt, dataSets, macros = [] }: Pick<DataProduct, 'name' | 'folder' | 'dbt' | 'dataSets' | 'macros'>): Pick<DeclaredProject, 'folder' | 'files' | 'shown'> | undefined {
  if (dbt !== undefined) return { folder: `${folder}/${dbt.folder}`, files: new Map(Object.entries(dbt.files)) }
  const models = dataSets.flatMap((dataSet) => (dataSet.model === undefined ? [] : [[dataSet.name, dataSet.model] as const]))
  return models.length === 0 ? undefined : { folder: '', ...projectOfModels({ product: name, models, macros }) }
}
