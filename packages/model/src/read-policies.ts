// Reads policies and their cases: the mesh's own, and those of its domains.

import type { Diagnostic, Json } from '@tulle/kernel'
import { addAll } from './add-all.ts'
import type { PolicyFile, SortedFiles } from './file-roles.ts'
import type { MeshPolicy, PolicyCase } from './governance.ts'
import { checkKind } from './kinds/check-kind.ts'
import { parsePolicySpec, policyDocument } from './kinds/policy.ts'
import { policyCaseOf, policyCasesDocument } from './kinds/policy-cases.ts'
import type { PolicyCasesDocument } from './kinds/policy-cases.ts'
import { messages } from './messages.ts'
import type { ParseCache } from './parse-cache.ts'
import { readDocument } from './read-document.ts'

export interface ReadPolicies {
  readonly policies: ReadonlyMap<string, MeshPolicy>
  readonly policyCases: readonly PolicyCase[]
  readonly diagnostics: readonly Diagnostic[]
}

export function readPolicies({ policies: files, policyCases: caseFiles, domains }: SortedFiles, cache: ParseCache): ReadPolicies {
  const policies = new Map<string, MeshPolicy>()
  const diagnostics: Diagnostic[] = []
  for (const { file, domain } of files) {
    const read = readDocument(file, 'Policy', cache, (document) => checkKind(document, policyDocument))
    addAll(diagnostics, read.diagnostics)
    if (read.checked === undefined) continue
    const { document } = read.checked
    const { metadata, spec: written } = document.value as unknown as { metadata: { name: string; title?: string; description?: string }; spec: Json }
    const spec = parsePolicySpec(written)
    if (!spec.ok) {
      addAll(diagnostics, spec.diagnostics.map((finding) => ({ ...finding, place: document.place(['spec']) })))
      continue
    }
    const { name, title, description } = metadata
    const place = document.laterPlace(['metadata', 'name'])
    const first = policies.get(name)
    if (first !== undefined) diagnostics.push(messages['duplicate-name']({ name, what: 'policies' }, { place, related: [{ place: first.place, message: 'The other one is here.' }] }))
    if (domain !== undefined && !domains.has(domain)) diagnostics.push(messages['no-domain-file']({ domain }, { place }))
    for (const part of ['rules', 'standards'] as const) {
      const names = spec.value[part].map((one) => one.name)
      for (const [i, one] of names.entries()) if (names.indexOf(one) !== i) diagnostics.push(messages['duplicate-name']({ name: one, what: `${part} of one policy` }, { place: document.place(['spec', part, i, 'name']) }))
    }
    policies.set(name, {
      name,
      title: title ?? name,
      ...(description !== undefined && { description }),
      ...(domain !== undefined && { domain }),
      ...spec.value,
      document: written,
      place,
      placeOf: (path) => document.place(['spec', ...path]),
    })
  }
  return { policies, policyCases: readCases(caseFiles, cache, diagnostics), diagnostics }
}

function readCases(files: readonly PolicyFile[], cache: ParseCache, diagnostics: Diagnostic[]): readonly PolicyCase[] {
  return files.flatMap(({ file }) => {
    const read = readDocument(file, 'PolicyCases', cache, (document) => checkKind(document, policyCasesDocument))
    addAll(diagnostics, read.diagnostics)
    if (read.checked === undefined) return []
    const { document } = read.checked
    const parsed = policyCasesDocument.safeParse(document.value)
    return parsed.success ? (parsed.data satisfies PolicyCasesDocument).spec.cases.map((written, i) => ({ ...policyCaseOf(written), place: document.laterPlace(['spec', 'cases', i, 'name']) })) : []
  })
}
