// Prints the descriptions of kinds and capabilities as a Markdown page.

import { dump } from 'js-yaml'
import type { Json } from '@tulle/kernel'

interface ReferenceContent {
  readonly kinds: readonly { readonly kind: string; readonly file: string; readonly schema: Json }[]
  readonly capabilities: readonly { readonly type: string; readonly title: string; readonly description: string; readonly targets: readonly string[]; readonly examples: readonly Json[]; readonly schema: Json }[]
}

interface Schema {
  readonly type?: string
  readonly enum?: readonly Json[]
  readonly const?: Json
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly additionalProperties?: Schema | boolean
}

export function printReferencePage(content: ReferenceContent): string {
  return [
    '# The files of a mesh',
    '',
    '<!-- Generated from the descriptions in packages/model; do not edit. -->',
    '',
    'Every file holds one YAML 1.2 document. Unknown keys are errors. A property value of a component may be plain (`format: csv`) or wrapped (`format: {value: csv}`).',
    '',
    '## Kinds',
    ...content.kinds.flatMap(({ kind, file, schema }) => ['', `### ${kind}`, '', `In \`${file}\`.`, '', ...table(rowsOf(schema as Schema, ''))]),
    '',
    '## Capabilities',
    '',
    'A component of a product names one of these as its `type`. A platform team adds its own with a ComponentDefinition that presets one of them.',
    ...content.capabilities.flatMap(({ type, title, description, targets, examples, schema }) => [
      '',
      `### ${type}`,
      '',
      `${title}. ${description} Targets: ${targets.join(', ')}.`,
      '',
      ...table(rowsOf(schema as Schema, '')),
      ...(examples[0] === undefined || Object.keys(examples[0] as object).length === 0 ? [] : ['', '```yaml', `type: ${type}`, dump({ properties: examples[0] }, { flowLevel: 2, lineWidth: -1 }).trimEnd(), '```']),
    ]),
    '',
  ].join('\n')
}

interface Row { readonly key: string; readonly type: string; readonly required: boolean; readonly description: string }

function rowsOf(schema: Schema, above: string): readonly Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const key = above === '' ? name : `${above}.${name}`
    const plain = plainOf(member)
    const row = { key, type: typeOf(plain), required: schema.required?.includes(name) ?? false, description: member.description ?? plain.description ?? '' }
    const inner = plain.type === 'array' && plain.items?.properties !== undefined ? rowsOf(plain.items, `${key}[]`) : rowsOf(plain, key)
    return [row, ...inner]
  })
}

/** A property that may be wrapped is shown as the plain value. */
const plainOf = (schema: Schema): Schema => (schema.anyOf?.length === 2 && schema.anyOf[1]?.properties?.['value'] !== undefined ? (schema.anyOf[0] ?? schema) : schema)

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ')
  if (schema.anyOf !== undefined) return schema.anyOf.map((each) => typeOf(each)).join(' or ')
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'values' : typeOf(schema.items)}`
  return WORDS[schema.type ?? ''] ?? schema.type ?? 'any value'
}

const WORDS: Readonly<Record<string, string>> = { string: 'text', integer: 'whole number', boolean: 'true or false', object: 'object' }

function table(rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return ['No keys.']
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  return ['| key | type | required | meaning |', '|---|---|---|---|', ...rows.map((row) => `| \`${row.key}\` | ${cell(row.type)} | ${row.required ? 'yes' : ''} | ${cell(row.description)} |`)]
}
