// The terminal of the SQL port: lines to statements, a few backslash words to catalogue queries.

import { createInterface } from 'node:readline'
import type { Interface } from 'node:readline'
import { report } from '../act.ts'
import type { World } from '../types.ts'
import { rowPrinter } from './print-rows.ts'
import type { RowFormat } from './print-rows.ts'
import type { SqlSession } from './session.ts'
import { splitStatements } from './statements.ts'

const HELP = `A statement ends with ; and may span lines. Ctrl-C stops it, Ctrl-D leaves.
  \\dt          tables that you may read
  \\dn          schemas: one per data product
  \\d <table>   its columns
  \\q           leave`

/** Serves lines until the input ends or says \\q. Errors of statements are said, and the session goes on; how many there were comes back. */
export async function serveRepl(world: World, session: SqlSession, format: RowFormat, prompt: string): Promise<number> {
  const { terminal } = world
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: terminal.interactive, historySize: 500 })
  let typed = ''
  let running = false
  let mistakes = 0
  lines.on('SIGINT', () => {
    if (running) session.cancel()
    else abandon(lines, () => (typed = ''))
  })
  const ask = (): void => {
    if (!terminal.interactive) return
    lines.setPrompt(typed === '' ? `${prompt}=> ` : `${prompt}-> `)
    lines.prompt()
  }
  const run = async (statement: string): Promise<void> => {
    running = true
    const result = await session.run(statement, rowPrinter(format, terminal.out), terminal.drained)
    running = false
    report(terminal, result.diagnostics)
    if (!result.ok) mistakes += 1
  }
  ask()
  for await (const line of lines) {
    if (typed === '' && line.trim().startsWith('\\')) {
      if (/^\\q(uit)?$/.test(line.trim())) break
      const statement = backslashQuery(line)
      if (statement === undefined) terminal.say(HELP)
      else await run(statement)
    } else {
      const { statements, rest } = splitStatements(typed === '' ? line : `${typed}\n${line}`)
      typed = rest
      for (const statement of statements) await run(statement)
    }
    ask()
  }
  lines.close()
  if (typed !== '') await run(typed)
  return mistakes
}

function abandon(lines: Interface, forget: () => void): void {
  forget()
  process.stdout.write('^C\n')
  // Clears what was typed on this line, as Ctrl-U would.
  lines.write(null, { ctrl: true, name: 'u' })
  lines.prompt()
}

/** The query behind a backslash word such as `\\d flights.flights`; undefined where there is no such word. */
export function backslashQuery(line: string): string | undefined {
  const [word = '', argument] = line.trim().replace(/;$/, '').split(/\s+/)
  if (word === '\\dn') return 'select schema_name as schema from information_schema.schemata order by 1'
  if (word === '\\dt' || (word === '\\d' && argument === undefined)) {
    return "select table_schema as schema, table_name as name, table_type as type from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2"
  }
  if (word !== '\\d' || argument === undefined) return undefined
  const [first = '', second] = argument.split('.')
  const literal = (text: string): string => `'${text.replaceAll('"', '').replaceAll("'", "''")}'`
  const where = second === undefined ? `table_name = ${literal(first)}` : `table_schema = ${literal(first)} and table_name = ${literal(second)}`
  return `select table_schema as schema, table_name as name, column_name as column, data_type as type, is_nullable as nullable from information_schema.columns where ${where} order by table_schema, table_name, ordinal_position`
}
