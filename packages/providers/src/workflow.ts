// A product's workflow: when it runs and the models that it runs. Runs read it from here and never from the folder, so
// that what runs is what was applied.

import type { Json } from '@tulle/kernel'
import { fingerprintOf } from '@tulle/kernel'
import type { DataProduct, DbtProject, Model, ModelReads, NewFiles, ProductFlow, ProductWorkflow, WorkflowEvent, WorkflowHook } from '@tulle/model'
import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'
import type { Verdict } from './compare.ts'

/** What a product reads: a data set of another product, or all of them. */
export type Read = { readonly product: string; readonly dataSet?: string }

export const workflowProvider = recordProvider({
  kind: 'workflow',
  outlivesDeclaration: false,
  whole: (path) => (path[0] === 'flow' && path.length === 1) || ((path[0] === 'models' || path[0] === 'macros') && path.length === 2) || (path[0] === 'dbt' && path.length === (path[1] === 'files' ? 3 : 2)),
  judge: judgeWorkflow,
  desire: {
    of: 'product',
    list: (product) => [
      resourceOf({
        kind: 'workflow',
        name: product.name,
        product: product.name,
        declaredBy: product,
        facts: {
          product: product.name,
          schedule: product.workflow.schedule,
          onInputPublished: product.workflow.onInputPublished,
          freshness: product.workflow.freshness,
          events: product.workflow.events as unknown as Json | undefined,
          flow: product.workflow.flow as unknown as Json | undefined,
          webhooks: product.workflow.webhooks as unknown as Json | undefined,
          newFiles: product.workflow.newFiles as unknown as Json | undefined,
          models: Object.fromEntries(product.dataSets.flatMap(({ name, model }) => (model === undefined ? [] : [[name, modelFacts(model, product.folder)]]))),
          dbt: product.dbt === undefined ? undefined : dbtFacts(product.dbt),
          macros: product.macros === undefined ? undefined : Object.fromEntries(product.macros.map(({ file, text }) => [inFolder(file, product.folder), text])),
          reads: readsOf(product),
        },
      }),
    ],
  },
})

const inFolder = (file: string, folder: string): string => (file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file)

const dbtFacts = ({ folder, files, refs, sources, fingerprint }: DbtProject): Json => ({ folder, files, ...readFacts({ refs, sources }), fingerprint })

const readFacts = ({ refs, sources }: ModelReads) => ({
  refs: refs.map(({ product, name }) => ({ ...(product !== undefined && { product }), name })),
  sources: sources.map(({ product, name }) => ({ ...(product !== undefined && { product }), name })),
})

// The file is named within the product's folder, so that moving the folder changes no workflow.
const modelFacts = ({ file, text, fingerprint, refs, sources, program }: Model, folder: string): Json => ({
  file: inFolder(file, folder),
  text,
  fingerprint,
  ...readFacts({ refs, sources }),
  ...(program !== undefined && { program: { ...program, reads: program.reads.map(({ place: _place, ...read }) => read) } as unknown as Json }),
})

/** The other products that a product reads, by its input ports and by its models' refs; each once, in order. */
export function readsOf(product: DataProduct): readonly Read[] {
  const isOwn = (name: string): boolean => product.dataSets.some((dataSet) => dataSet.name === name)
  const reads = new Map<string, Read>()
  const add = (read: Read): void => {
    if (read.product !== product.name) reads.set(`${read.product}.${read.dataSet ?? ''}`, read)
  }
  for (const port of product.inputPorts) {
    if (port.kind === 'product') add({ product: port.product, ...(port.dataSet !== undefined && { dataSet: port.dataSet }) })
  }
  for (const reads of [...product.dataSets.map((dataSet) => dataSet.model), product.dbt]) {
    for (const ref of reads?.refs ?? []) {
      if (ref.product !== undefined) add({ product: ref.product, dataSet: ref.name })
      else if (!isOwn(ref.name)) add({ product: ref.name, dataSet: ref.name })
    }
  }
  return [...reads].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, read]) => read)
}

function judgeWorkflow(path: readonly string[], before: Json | undefined, after: Json | undefined): Verdict | undefined {
  if (path[0] === 'flow') return { sentence: flowChange(flowIn(before), flowIn(after)) }
  if (path[0] === 'models' && path.length === 2) {
    const model = `The model of ${String(path[1])}`
    if (before === undefined) return { sentence: `${model} is new.` }
    if (after === undefined) return { sentence: `${model} is removed.` }
    return { sentence: `${model} changes; the next run uses it.` }
  }
  if (path[0] === 'macros' && path.length === 2) return { sentence: `The file ${String(path[1])} ${before === undefined ? 'is new' : after === undefined ? 'is removed' : 'changes'}; models that use its macros change with it.` }
  if (path[0] === 'dbt' && path[1] === 'files') return { sentence: `The file ${String(path[2])} of its dbt project ${before === undefined ? 'is new' : after === undefined ? 'is removed' : 'changes'}; the next run uses it.` }
  if (path[0] === 'dbt' && path[1] === 'fingerprint') return { sentence: 'What the tests of its dbt project say changes.' }
  if (path[0] === 'reads') return { sentence: `It reads ${readText(after)} (before: ${readText(before)}).` }
  return undefined
}

const flowIn = (value: Json | undefined): ProductFlow | undefined => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value as unknown as ProductFlow : undefined)

function flowChange(before: ProductFlow | undefined, after: ProductFlow | undefined): string {
  const named = (flow: ProductFlow | undefined): string => (flow === undefined ? "the platform's daily-refresh" : flow.from === 'product' ? `its own workflow ${flow.name} ${flow.version}` : `the template ${flow.name} ${flow.version}`)
  const next = 'its next run goes by it.'
  if (named(before) !== named(after)) return `It runs by ${named(after)} (before: ${named(before)}); ${next}`
  if (fingerprintOf(before?.definition ?? null) !== fingerprintOf(after?.definition ?? null)) return `${named(after).replace(/^./u, (first) => first.toUpperCase())} changes; ${next}`
  const parts = partsChanged(before, after)
  if (parts.length > 0) return `What ${named(after)} runs changes (${parts.join(', ')}); ${next}`
  return `What it gives ${named(after)} changes; its next run is given that.`
}

/** Workflows that it runs as a part of itself, and that are others now. */
function partsChanged(before: ProductFlow | undefined, after: ProductFlow | undefined): readonly string[] {
  const known = new Set((before?.reached ?? []).map((one) => fingerprintOf(one)))
  return (after?.reached ?? []).filter((one) => !known.has(fingerprintOf(one))).map((one) => {
    const { name, version } = (one as { readonly document: { readonly name: string; readonly version: string } }).document
    return `${name} ${version}`
  })
}

function readText(value: Json | undefined): string {
  const reads = Array.isArray(value) ? (value as readonly Read[]) : []
  return reads.length === 0 ? 'no other product' : reads.map(({ product, dataSet }) => (dataSet === undefined ? product : `${product}.${dataSet}`)).join(', ')
}

/** What starts the product besides a schedule, as it was applied. */
export const workflowTriggers = (spec: Readonly<Record<string, Json | undefined>>): Omit<ProductWorkflow, 'schedule'> => ({
  onInputPublished: spec['onInputPublished'] === true,
  ...(spec['freshness'] === 'all' && { freshness: 'all' as const }),
  ...(flowIn(spec['flow']) !== undefined && { flow: flowIn(spec['flow']) as ProductFlow }),
  ...(Array.isArray(spec['events']) && { events: spec['events'] as unknown as readonly WorkflowEvent[] }),
  ...(typeof spec['newFiles'] === 'object' && spec['newFiles'] !== null && { newFiles: spec['newFiles'] as unknown as NewFiles }),
  ...(Array.isArray(spec['webhooks']) && { webhooks: spec['webhooks'] as unknown as readonly WorkflowHook[] }),
})
