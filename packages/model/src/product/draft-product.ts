// Turns one product document into a draft: its components held to their capabilities, its parts named. What needs
// other files or other products is left to the next steps.

import type { Diagnostic, Json, Place } from '@tulle/kernel'
import { isReservedSchema } from '@tulle/kernel'
import { addAll } from '../add-all.ts'
import { basePropertiesOf, checkComponent, propertiesOf } from '../capabilities/check-component.ts'
import type { Contribution, DataSetDraft, IndicatorDraft, InputPortDraft, LevelDraft, NamedWorkflow, OutputPortDraft, ProductFacts } from '../capabilities/contribution.ts'
import type { CapabilityCatalogue } from '../capabilities/registry.ts'
import { nameFromTitle } from '../kinds/envelope.ts'
import type { DataProductDocument } from '../kinds/data-product.ts'
import { messages } from '../messages.ts'
import { suggestions } from '../suggestions.ts'
import type { Component, ProductWorkflow } from '../types.ts'
import type { Path } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'
import { checkCron } from './check-cron.ts'
import { checkServiceLevels } from './check-service-levels.ts'
import type { NamedPart } from './named-part.ts'

export interface ProductDraft {
  readonly name: string
  readonly title: string
  readonly description?: string
  readonly document: YamlDocument
  readonly facts: ProductFacts
  readonly factsAt: Path
  /** Names of `domain` components, which the folder overrules. */
  readonly saidDomains: readonly { readonly written: string; readonly at: Path }[]
  readonly components: readonly Component[]
  readonly dataSets: ReadonlyMap<string, NamedPart<DataSetDraft>>
  readonly inputPorts: ReadonlyMap<string, NamedPart<InputPortDraft>>
  readonly outputPorts: ReadonlyMap<string, NamedPart<OutputPortDraft>>
  readonly workflow: ProductWorkflow
  readonly workflowAt?: Path
  /** The workflow template that it names, and what it gives it. */
  readonly named: NamedWorkflow
  /** True where a component's type is the platform team's own, so that its definition matters to the product. */
  readonly usesOwnCapability: boolean
  /** Names of components that were refused: references to them are no second mistake. */
  readonly spoilt: ReadonlySet<string>
}

/**
 * The draft of a document that has the shape of a product. Components with findings add nothing to it. `isKnownGood`
 * spares the components their check: the same text had no finding against the same catalogue before.
 */
export function draftProduct(document: YamlDocument, catalogue: CapabilityCatalogue, isKnownGood = false): { draft: ProductDraft; diagnostics: readonly Diagnostic[] } {
  const { metadata, spec } = document.value as unknown as DataProductDocument
  const diagnostics: Diagnostic[] = []
  if (isReservedSchema(metadata.name)) diagnostics.push(messages['reserved-schema']({ name: metadata.name }, { place: document.place(['metadata', 'name']) }))
  addAll(diagnostics, partsOfOam(document))

  const components: Component[] = []
  const parts = emptyParts()
  for (const [i, written] of spec.components.entries()) {
    const at: Path = ['spec', 'components', i]
    const name = nameFromTitle(written.name)
    const capability = catalogue.resolve(written.type)
    if (capability === undefined) {
      if (!catalogue.isRefused(written.type)) diagnostics.push(messages['unknown-type']({ name: written.type, known: catalogue.types }, { place: document.place([...at, 'type']) }))
      parts.spoilt.add(name)
      continue
    }
    const given = (written.properties ?? {}) as Record<string, Json>
    const properties = propertiesOf(capability, given)
    const found = isKnownGood ? [] : checkComponent({ capability, properties, written: given, document, at: [...at, 'properties'] })
    addAll(diagnostics, found)
    if (found.length > 0) {
      parts.spoilt.add(name)
      continue
    }
    components.push({ title: written.name, name, type: written.type, baseType: capability.base.type, properties, place: document.laterPlace([...at, 'name']) })
    if (capability.type !== capability.base.type) parts.usesOwnCapability = true
    addPart(parts, capability.base.contribute(basePropertiesOf(capability, properties)), { name, written: written.name, at })
  }
  for (const { at, draft } of parts.workflows) {
    for (const [i, { subject }] of (draft.workflow.events ?? []).entries()) {
      if (subject === metadata.name) diagnostics.push(messages['event-of-itself']({ name: metadata.name }, { place: document.place([...at, 'properties', 'on_event', i, 'subject']) }))
    }
  }
  addAll(diagnostics, checkParts(parts, document, metadata.name))
  const title = metadata.title ?? metadata.name
  const description = metadata.description ?? parts.facts[0]?.draft.definition
  return {
    draft: {
      name: metadata.name,
      title,
      ...(description !== undefined && { description }),
      document,
      facts: parts.facts[0]?.draft ?? {},
      factsAt: parts.facts[0]?.at ?? ['metadata', 'name'],
      saidDomains: parts.domains,
      components,
      dataSets: byName(parts.dataSets),
      inputPorts: byName(parts.inputPorts),
      outputPorts: byName(parts.outputPorts),
      workflow: { onInputPublished: true, ...parts.workflows[0]?.draft.workflow },
      ...(parts.workflows[0] !== undefined && { workflowAt: parts.workflows[0].at }),
      named: parts.workflows[0]?.draft.named ?? {},
      usesOwnCapability: parts.usesOwnCapability,
      spoilt: parts.spoilt,
    },
    diagnostics,
  }
}

interface Parts {
  readonly facts: NamedPart<ProductFacts>[]
  readonly domains: { written: string; at: Path }[]
  readonly dataSets: NamedPart<DataSetDraft>[]
  readonly inputPorts: NamedPart<InputPortDraft>[]
  readonly outputPorts: NamedPart<OutputPortDraft>[]
  readonly workflows: NamedPart<{ readonly workflow: Partial<ProductWorkflow>; readonly named: NamedWorkflow }>[]
  readonly serviceLevels: NamedPart<LevelDraft>[]
  readonly indicators: NamedPart<IndicatorDraft>[]
  readonly spoilt: Set<string>
  usesOwnCapability: boolean
}

const emptyParts = (): Parts => ({ facts: [], domains: [], dataSets: [], inputPorts: [], outputPorts: [], workflows: [], serviceLevels: [], indicators: [], spoilt: new Set(), usesOwnCapability: false })

function addPart(parts: Parts, contribution: Contribution, component: { name: string; written: string; at: Path }): void {
  const { name, written, at } = component
  switch (contribution.part) {
    case 'product':
      parts.facts.push({ name, title: written, draft: contribution.facts, at })
      break
    case 'domain':
      parts.domains.push({ written, at })
      break
    case 'data-set':
      parts.dataSets.push({ name, title: contribution.dataSet.title ?? written, draft: contribution.dataSet, at })
      break
    case 'input-port':
      parts.inputPorts.push({ name, title: contribution.port.title ?? written, draft: contribution.port, at })
      break
    case 'output-port':
      parts.outputPorts.push({ name, title: contribution.port.title ?? written, draft: contribution.port, at })
      break
    case 'workflow':
      parts.workflows.push({ name, title: written, draft: contribution, at })
      break
    case 'service-level':
      parts.serviceLevels.push({ name, title: written, draft: contribution.level, at })
      break
    case 'indicator':
      parts.indicators.push({ name, title: written, draft: contribution.indicator, at })
      break
    case 'description':
      break
  }
}

function checkParts(parts: Parts, document: YamlDocument, product: string): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [
    ...duplicates(parts.dataSets, 'data sets', document),
    ...duplicates(parts.inputPorts, 'input ports', document),
    ...duplicates(parts.outputPorts, 'output ports', document),
    ...duplicates([...parts.serviceLevels, ...parts.indicators], 'service levels and indicators', document),
    ...secondOnes(parts.facts, 'components of type data-product', document),
    ...secondOnes(parts.workflows, 'components of type workflow', document),
  ]
  if (parts.facts.length === 0 && !parts.spoilt.has(product)) diagnostics.push(messages['no-product-component']({ name: product }, { place: document.place(['metadata', 'name']) }))
  addAll(diagnostics, checkServiceLevels(parts, document, product))
  const [workflow] = parts.workflows
  if (workflow?.draft.workflow.schedule !== undefined) {
    const reason = checkCron(workflow.draft.workflow.schedule)
    if (reason !== undefined) diagnostics.push(messages['bad-cron']({ text: workflow.draft.workflow.schedule, reason }, { place: document.place([...workflow.at, 'properties', 'schedule']) }))
  }
  addAll(diagnostics, checkLinks(parts, document, product))
  return diagnostics
}

/** What the workflow and the ports name of each other. */
function checkLinks(parts: Parts, document: YamlDocument, product: string): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const [workflow] = parts.workflows
  for (const [i, name] of (workflow?.draft.workflow.newFiles?.ports ?? []).entries()) {
    const port = parts.inputPorts.find((one) => one.name === name)
    const place = (): Place => document.place([...(workflow?.at ?? []), 'properties', 'on_new_files', 'ports', i])
    if (port === undefined) {
      if (!parts.spoilt.has(name)) diagnostics.push(messages['unknown-input-port']({ name, product, known: suggestions(() => parts.inputPorts.map((one) => one.name))(name) }, { place: place() }))
    } else if (port.draft.kind !== 'file') diagnostics.push(messages['port-setting']({ name, problem: 'has no files that could be new', remedy: 'Name file input ports.' }, { place: place() }))
  }
  const hooks = (workflow?.draft.workflow.webhooks ?? []).map((hook) => hook.name)
  for (const { name, draft, at } of parts.inputPorts) {
    if (draft.kind !== 'connected' || draft.system !== 'webhook') continue
    const hook = String(draft.settings['hook'])
    if (!hooks.includes(hook)) diagnostics.push(messages['port-setting']({ name, problem: `reads the webhook "${hook}", which the workflow does not declare`, remedy: `Declare it in the workflow: webhooks: {${hook}: {secret: …}}.` }, { place: document.place([...at, 'properties', 'hook']) }))
  }
  return diagnostics
}

function duplicates(parts: readonly NamedPart<unknown>[], what: string, document: YamlDocument): readonly Diagnostic[] {
  const seen = new Map<string, Path>()
  return parts.flatMap(({ name, at }) => {
    const first = seen.get(name)
    seen.set(name, first ?? at)
    return first === undefined ? [] : [twice(name, what, document, at, first)]
  })
}

const secondOnes = (parts: readonly NamedPart<unknown>[], what: string, document: YamlDocument): readonly Diagnostic[] =>
  parts.slice(1).map(({ title, at }) => twice(title, what, document, at, parts[0]?.at ?? at))

const twice = (name: string, what: string, document: YamlDocument, at: Path, first: Path): Diagnostic =>
  messages['duplicate-name']({ name, what }, { place: document.place([...at, 'name']), related: [{ place: document.place([...first, 'name']), message: 'The other one is here.' }] })

/** What an import from the product standards of others keeps of a port; an export gives it back. */
const areOfExports = (traits: readonly unknown[]): boolean => traits.length > 0 && traits.every((trait) => /^(?:odps|dpds)-/u.test(String((trait as { readonly type?: unknown } | null)?.type)))

function partsOfOam(document: YamlDocument): readonly Diagnostic[] {
  const { spec } = document.value as unknown as DataProductDocument
  const unused = [
    ...(['policies', 'workflow'] as const).filter((key) => spec[key] !== undefined).map((key): Path => ['spec', key]),
    ...spec.components.flatMap((component, i) => (['traits', 'scopes', 'dependsOn'] as const).filter((key) => component[key] !== undefined && !(key === 'traits' && areOfExports(component.traits ?? []))).map((key): Path => ['spec', 'components', i, key])),
  ]
  return unused.map((path) => messages['oam-part-not-used']({ name: String(path.at(-1)) }, { place: document.place(path, 'key') }))
}

/** The parts by name; of two with one name the first stays. */
function byName<D>(parts: readonly NamedPart<D>[]): ReadonlyMap<string, NamedPart<D>> {
  const named = new Map<string, NamedPart<D>>()
  for (const part of parts) if (!named.has(part.name)) named.set(part.name, part)
  return named
}
