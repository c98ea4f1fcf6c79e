// Prints the snippets of the portal that Python runs, for the data set that the peers read, as one JSON list.
// Usage: print-snippets.ts <url of Tulle> <user>.

import { arrowSnippets, fileSnippets } from '../../packages/console/src/product/notebook-snippets.ts'
import { restSnippets, sqlSnippets } from '../../packages/console/src/product/snippets.ts'

const [url = '', user = ''] = process.argv.slice(2)
const status = await (await fetch(`${url}/api/v1/status`)).json() as Parameters<typeof sqlSnippets>[0]
const rest = `${url}/data/v1/every/kinds`
const ports = { sql: sqlSnippets(status, user, 'every.kinds'), rest: restSnippets(user, rest), arrow: arrowSnippets(user, rest), files: fileSnippets(user, { address: `${url}/api/v1/products/every/datasets/kinds/link`, reference: 'every.kinds' }) }
console.log(JSON.stringify(Object.entries(ports).flatMap(([port, snippets]) => snippets.map(({ tool, text }) => ({ port, tool, text }))).filter(({ text }) => text.startsWith('import '))))
