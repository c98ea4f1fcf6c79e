// Finds the workflow of a product: its own document, the template that it names, or the mesh's idea of the default one.

import type { Diagnostic, Json } from '@tulle/kernel'
import { fingerprintOf } from '@tulle/kernel'
import type { CompiledSchema } from '../capabilities/compile-schema.ts'
import { messages } from '../messages.ts'
import type { ProductDraft } from '../product/draft-product.ts'
import type { ProductWorkflow } from '../types.ts'
import { bindParameters } from './bind-parameters.ts'
import { checkLinks, newestFitting, reachedFrom } from './link-workflows.ts'
import { DEFAULT_TEMPLATE, platformWorkflows } from './platform-workflows.ts'
import type { ReadWorkflow } from './read-workflows.ts'

export interface ResolvedWorkflow {
  readonly workflow: ProductWorkflow
  /** Of everything that the templates of others bring into the product. */
  readonly fingerprint?: string
  readonly diagnostics: readonly Diagnostic[]
}

interface Surroundings {
  readonly own?: ReadWorkflow
  /** The mesh's. */
  readonly templates: readonly ReadWorkflow[]
  readonly schemas?: Map<string, CompiledSchema> | undefined
}

export function resolveWorkflow(draft: ProductDraft, { own, templates, schemas }: Surroundings): ResolvedWorkflow {
  const { workflow, workflowAt, named: { use, parameters = {} } } = draft
  const place = (...path: readonly (string | number)[]) => ({ place: draft.document.place([...(workflowAt ?? ['metadata', 'name']), ...(workflowAt === undefined ? [] : ['properties', ...path])]) })
  if (own !== undefined && use !== undefined) return { workflow, diagnostics: [messages['workflow-twice']({ name: draft.name }, place('use'))] }
  const found = own ?? findTemplate(use ?? DEFAULT_TEMPLATE, templates)
  if (found === undefined) return { workflow, diagnostics: [messages['unknown-workflow']({ name: use ?? DEFAULT_TEMPLATE, known: [...templates, ...platformWorkflows()].map(({ name, version }) => `${name}@${version}`) }, place('use'))] }
  // Nothing was said anywhere: what ships with the platform needs no copy with each product.
  if (found.from === 'platform' && use === undefined && Object.keys(parameters).length === 0) return { workflow, diagnostics: [] }
  const { name, version, from, definition, schedule, events } = found
  const diagnostics: Diagnostic[] = bindParameters(definition, parameters, schemas).faults.map(({ path, why }) =>
    messages['workflow-parameter']({ workflow: `${name}@${version}`, parameter: path.join('.'), why }, Object.keys(parameters).length === 0 ? place('use') : place('with', ...path)))
  if (own !== undefined) diagnostics.push(...checkLinks([own], templates))
  const reached = reachedFrom(found, templates).map((one) => one.definition)
  if (events?.some(({ subject }) => subject === draft.name) === true) diagnostics.push(messages['event-of-itself']({ name: draft.name }, place('use')))
  const resolved: ProductWorkflow = {
    ...(schedule !== undefined && { schedule }),
    ...workflow,
    ...(events !== undefined && { events: [...(workflow.events ?? []), ...events] }),
    flow: { name, version, from, definition, parameters, ...(reached.length > 0 && { reached }) },
  }
  return { workflow: resolved, fingerprint: `workflow:${fingerprintOf([name, version, definition, ...reached] as unknown as Json)}`, diagnostics }
}

/** `name@1` is the newest of that major version, `name@1.2.0` that very one. The mesh's templates go before the platform's. */
function findTemplate(use: string, templates: readonly ReadWorkflow[]): ReadWorkflow | undefined {
  const [name = '', wanted = ''] = use.split('@')
  for (const offered of [templates, platformWorkflows()]) {
    const newest = newestFitting(offered.filter((one) => one.name === name), wanted)
    if (newest !== undefined) return newest
  }
  return undefined
}
