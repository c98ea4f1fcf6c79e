// The schemas of topics in the registry: held against what is there while a plan is made, declared when it is applied.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { judgeCompatibility } from '@tulle/schema-registry'
import type { Draft, SchemaRegistry } from '@tulle/schema-registry'
import type { Store } from '@tulle/store'
import { deriveSchemas, keyColumns } from './derive-schemas.ts'
import type { DerivedSchemas } from './derive-schemas.ts'
import { messages } from './messages.ts'
import type { KafkaPortSettings, Topic } from './types.ts'

type Rules = Pick<KafkaPortSettings, 'format' | 'compatibility'>

/** What the registry would refuse, with the place of the contract; nothing is changed. */
export async function checkTopic(schemas: SchemaRegistry, topic: Topic, rules: Rules): Promise<readonly Diagnostic[]> {
  const { product, dataSet, contract: { place } } = topic
  if (keyColumns(topic).length === 0) return [messages['kafka-key-missing']({ product, dataSet }, { place })]
  const derived = await derive(schemas, topic, rules)
  if (!derived.ok) return [messages['kafka-schema-invalid']({ product, dataSet, why: derived.diagnostics.map(({ message }) => message).join(' ') }, { place })]
  const found: Diagnostic[] = []
  for (const part of ['key', 'value'] as const) {
    const subject = `${topic.name}-${part}`
    const next = await schemas.understand(derived.value[part])
    if (!next.ok) return [messages['kafka-schema-invalid']({ product, dataSet, why: next.diagnostics.map(({ message }) => message).join(' ') }, { place })]
    const history = []
    for (const { deleted, schema } of (await schemas.subject(subject)).versions) {
      const old = deleted ? undefined : await schemas.understand(schema)
      if (old?.ok === true) history.push(old.value)
    }
    const problems = judgeCompatibility(rules.compatibility, next.value, history)
    if (problems.length > 0) found.push(messages['kafka-schema-forbidden']({ product, dataSet, subject, level: rules.compatibility, problems }, { place }))
  }
  return found
}

/** Declares both subjects of a topic in one transaction. Where nothing changed, nothing is written. */
export async function declareTopic(store: Pick<Store, 'db'>, schemas: SchemaRegistry, topic: Topic, rules: Rules): Promise<Result<void>> {
  const derived = await derive(schemas, topic, rules)
  if (!derived.ok) return derived
  if (await isDeclared(schemas, topic, derived.value, rules)) return ok(undefined)
  return store.db.transaction().execute(async (tx): Promise<Result<void>> => {
    for (const part of ['key', 'value'] as const) {
      const made = await schemas.declare(tx, `${topic.name}-${part}`, derived.value[part], rules.compatibility)
      // Both or none.
      if (!made.ok) throw new Refused(made.diagnostics)
    }
    return ok(undefined)
  }).catch((error: unknown) => {
    if (error instanceof Refused) return fail(...error.diagnostics)
    throw error
  })
}

class Refused extends Error {
  readonly diagnostics: readonly Diagnostic[]
  constructor(diagnostics: readonly Diagnostic[]) {
    super('refused')
    this.diagnostics = diagnostics
  }
}

async function isDeclared(schemas: SchemaRegistry, topic: Topic, derived: DerivedSchemas, { compatibility }: Rules): Promise<boolean> {
  for (const part of ['key', 'value'] as const) {
    const { versions, set, declared } = await schemas.subject(`${topic.name}-${part}`)
    if (!declared || set.compatibility !== compatibility || versions.findLast(({ deleted }) => !deleted)?.schema.text !== derived[part].text) return false
  }
  return true
}

async function derive(schemas: SchemaRegistry, topic: Topic, { format }: Rules): Promise<Result<DerivedSchemas>> {
  const texts = async (part: 'key' | 'value'): Promise<readonly string[]> => (await schemas.subject(`${topic.name}-${part}`)).versions.filter(({ schema }) => schema.type === ('PROTOBUF' satisfies Draft['type'])).map(({ schema }) => schema.text)
  return deriveSchemas(topic, format, format === 'protobuf' ? { key: await texts('key'), value: await texts('value') } : undefined)
}
