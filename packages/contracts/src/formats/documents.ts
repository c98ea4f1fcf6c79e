// Contracts as pages for people: Markdown, HTML, and a Mermaid diagram of entities. Every text of a contract is a
// stranger's: it is escaped for the language that it stands in, and no address is made a link but http(s).

import { columnTypeOf } from '@tulle/model'
import type { TypedProperty } from '@tulle/model'
import { isObj, nameOf, objsOf, propertiesOf, schemaOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import type { TextFormat } from './types.ts'

interface Row { readonly name: string; readonly type: string; readonly marks: string; readonly classification: string; readonly description: string }

function rowsOf(object: Obj, prefix = ''): readonly Row[] {
  return propertiesOf(object).flatMap((property) => {
    const name = `${prefix}${nameOf(property)}`
    const marks = [property['primaryKey'] === true ? 'key' : '', property['required'] === true ? 'required' : '', property['unique'] === true ? 'unique' : ''].filter((mark) => mark !== '').join(', ')
    const inner = isObj(property['items']) ? rowsOf(property['items'], `${name}[].`) : rowsOf(property, `${name}.`)
    return [{ name, type: columnTypeOf(property as TypedProperty) ?? 'string', marks, classification: textOf(property['classification']) ?? '', description: textOf(property['description']) ?? '' }, ...inner]
  })
}

const factsOf = (contract: Obj): readonly (readonly [string, string])[] =>
  ['id', 'version', 'status', 'domain', 'dataProduct', 'tenant'].flatMap((key) => (textOf(contract[key]) === undefined ? [] : [[key, textOf(contract[key]) as string] as const]))
const proseOf = (contract: Obj): readonly (readonly [string, string])[] => {
  const description = contract['description']
  return isObj(description) ? ['purpose', 'usage', 'limitations'].flatMap((key) => (textOf(description[key]) === undefined ? [] : [[key, textOf(description[key]) as string] as const])) : []
}
const levelsOf = (contract: Obj): readonly string[] => objsOf(contract['slaProperties']).map((level) => [level['property'], level['value'], level['unit']].filter((part) => part !== undefined && part !== null).map((part) => (typeof part === 'object' ? JSON.stringify(part) : String(part))).join(' '))
const titleOf = (contract: Obj): string => textOf(contract['name']) ?? textOf(contract['id']) ?? 'Contract'

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const inHtml = (text: string): string => visible(text).replace(/[&<>"']/gu, (c) => HTML[c] ?? c)
/** Control characters and those that turn a line around would show another text than the one that is there. */
const visible = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
const inMarkdown = (text: string): string => inHtml(text.replace(/\s+/gu, ' ')).replace(/[\\`*_{}[\]()#+!|~$]/gu, '\\$&').replace(/:(?=\/\/)/gu, '\\:')

export const markdown: TextFormat = {
  print: (contract) => [
    `# ${inMarkdown(titleOf(contract))}`, '',
    ...factsOf(contract).map(([key, value]) => `- ${key}: ${inMarkdown(value)}`), '',
    ...proseOf(contract).flatMap(([key, value]) => [`**${key}**: ${inMarkdown(value)}`, '']),
    ...schemaOf(contract).flatMap((object) => [
      `## ${inMarkdown(nameOf(object))}`, '', ...(textOf(object['description']) === undefined ? [] : [inMarkdown(textOf(object['description']) as string), '']),
      '| column | type | | classification | description |', '|---|---|---|---|---|',
      ...rowsOf(object).map((row) => `| ${[row.name, row.type, row.marks, row.classification, row.description].map(inMarkdown).join(' | ')} |`), '',
    ]),
    ...(levelsOf(contract).length > 0 ? ['## Service levels', '', ...levelsOf(contract).map((level) => `- ${inMarkdown(level)}`), ''] : []),
  ].join('\n'),
}

export const html: TextFormat = {
  print: (contract) => [
    '<!doctype html>', '<html lang="en">', '<head>', '<meta charset="utf-8">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">',
    `<title>${inHtml(titleOf(contract))}</title>`,
    '<style>body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}</style>',
    '</head>', '<body>', `<h1>${inHtml(titleOf(contract))}</h1>`,
    '<dl>', ...[...factsOf(contract), ...proseOf(contract)].map(([key, value]) => `<dt>${key}</dt><dd>${inHtml(value)}</dd>`), '</dl>',
    ...schemaOf(contract).flatMap((object) => [
      `<h2>${inHtml(nameOf(object))}</h2>`, ...(textOf(object['description']) === undefined ? [] : [`<p>${inHtml(textOf(object['description']) as string)}</p>`]),
      '<table>', '<thead><tr><th>column</th><th>type</th><th></th><th>classification</th><th>description</th></tr></thead>', '<tbody>',
      ...rowsOf(object).map((row) => `<tr>${[row.name, row.type, row.marks, row.classification, row.description].map((cell) => `<td>${inHtml(cell)}</td>`).join('')}</tr>`),
      '</tbody>', '</table>',
    ]),
    ...(levelsOf(contract).length > 0 ? ['<h2>Service levels</h2>', '<ul>', ...levelsOf(contract).map((level) => `<li>${inHtml(level)}</li>`), '</ul>'] : []),
    '</body>', '</html>', '',
  ].join('\n'),
}

const inMermaid = (text: string): string => text.replace(/[^\p{L}\p{N}_]/gu, '_').slice(0, 100) || '_'

/** Entities by their names; a relation for each column that refers to another object. */
export const mermaid: TextFormat = {
  print: (contract) => {
    const objects = schemaOf(contract)
    const relations = objects.flatMap((object) => propertiesOf(object).flatMap((property) => objsOf(property['relationships']).flatMap(({ to }) => {
      const target = textOf(to)?.split('.')[0]
      return target === undefined ? [] : [`  ${inMermaid(nameOf(object))} }o--|| ${inMermaid(target)} : ${inMermaid(nameOf(property))}`]
    })))
    return ['erDiagram', ...objects.flatMap((object) => [
      `  ${inMermaid(nameOf(object))} {`,
      ...propertiesOf(object).map((property) => `    ${inMermaid((columnTypeOf(property as TypedProperty) ?? 'string').split(/[<(]/u)[0] ?? '')} ${inMermaid(nameOf(property))}${property['primaryKey'] === true ? ' PK' : property['unique'] === true ? ' UK' : ''}`),
      '  }',
    ]), ...relations, ''].join('\n')
  },
}
