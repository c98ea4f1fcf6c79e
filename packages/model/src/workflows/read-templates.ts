// The workflow templates of a mesh folder.

import type { Diagnostic } from '@tulle/kernel'
import type { TextFile } from '../file-roles.ts'
import { messages } from '../messages.ts'
import { startOf } from '../yaml/locate.ts'
import { checkLinks } from './link-workflows.ts'
import type { ReadWorkflow } from './read-workflows.ts'
import { readWorkflow } from './read-workflows.ts'

export function readTemplates(files: readonly TextFile[]): { readonly templates: readonly ReadWorkflow[]; readonly diagnostics: readonly Diagnostic[] } {
  const templates = new Map<string, ReadWorkflow>()
  const diagnostics: Diagnostic[] = []
  for (const file of files) {
    const read = readWorkflow(file, 'mesh')
    diagnostics.push(...read.diagnostics)
    if (read.workflow === undefined) continue
    const key = `${read.workflow.name}@${read.workflow.version}`
    const first = templates.get(key)
    if (first === undefined) templates.set(key, read.workflow)
    else diagnostics.push(messages['duplicate-name']({ name: key, what: 'workflows' }, { place: startOf(file.path), related: [{ place: startOf(first.file), message: 'The other one is here.' }] }))
  }
  const read = [...templates.values()]
  return { templates: read, diagnostics: [...diagnostics, ...checkLinks(read, read)] }
}
