// `tulle sql`: a small terminal client over the SQL port, so that npm alone is enough.

import type { Command } from 'commander'
import { Option } from 'commander'
import { createClient } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { act } from '../act.ts'
import type { Answer } from '../act.ts'
import { askSecret } from '../ask.ts'
import { findServer } from '../connect.ts'
import { homeOf, readSecret, readServerFile } from '../home.ts'
import { messages } from '../messages.ts'
import { readSession } from '../sessions.ts'
import { ROW_FORMATS, rowPrinter } from '../sql-client/print-rows.ts'
import type { RowFormat } from '../sql-client/print-rows.ts'
import { backslashQuery, serveRepl } from '../sql-client/repl.ts'
import type { SqlAddress } from '../sql-client/session.ts'
import { splitStatements } from '../sql-client/statements.ts'
import { readText } from '../text-files.ts'
import type { World } from '../types.ts'

interface SqlOptions { readonly as?: string; readonly user?: string; readonly file?: string; readonly ca?: string; readonly output: RowFormat }

export function registerSql(program: Command, world: World): void {
  program.command('sql')
    .description('ask the SQL port; without a statement, a terminal for many')
    .argument('[statement]', 'one or more, with semicolons between them')
    .option('--as <user>', 'act as a demo user of this machine\'s mesh')
    .option('--user <user>', 'the user; the password is asked for, or taken from PGPASSWORD')
    .option('-f, --file <file>', 'read the statements from a file')
    .option('--ca <file>', 'the certificate that the port is verified by, where the server is elsewhere')
    .addOption(new Option('-o, --output <format>', 'how to print rows').choices(ROW_FORMATS).default('text'))
    .action(act(world, (options: SqlOptions, statement: string | undefined) => sql(world, options, statement)))
}

async function sql(world: World, options: SqlOptions, given: string | undefined): Promise<Result<Answer>> {
  const text = options.file === undefined ? ok(given) : await readText(world, options.file)
  if (!text.ok) return text
  const address = await addressOf(world, options)
  if (!address.ok) return address
  const who = await credentialsOf(world, options, address.value)
  if (!who.ok) return who
  const { openSqlSession } = await import('../sql-client/session.ts')
  const opened = await openSqlSession(address.value, who.value.user, who.value.password)
  if (!opened.ok) return opened
  const session = opened.value
  const stop = (): void => session.cancel()
  world.signal.addEventListener('abort', stop, { once: true })
  try {
    if (text.value === undefined) {
      const mistakes = await serveRepl(world, session, options.output, who.value.user)
      return ok({ exit: mistakes > 0 && !world.terminal.interactive ? 1 : 0 })
    }
    const { statements, rest } = splitStatements(backslashQuery(text.value) ?? text.value)
    for (const statement of [...statements, ...(rest === '' ? [] : [rest])]) {
      const ran = await session.run(statement, rowPrinter(options.output, world.terminal.out), world.terminal.drained)
      if (!ran.ok) return ran
    }
    return ok({})
  } finally {
    world.signal.removeEventListener('abort', stop)
    await session.close()
  }
}

/** The port as the server announced it here, or as a server elsewhere says of itself. */
async function addressOf(world: World, options: SqlOptions): Promise<Result<SqlAddress>> {
  const file = readServerFile(homeOf(world))
  if (file !== undefined && !world.environment['TULLE_URL']) return ok({ ...file.sql, caFile: options.ca ?? file.caFile })
  const found = findServer(world)
  if (!found.ok) return found
  const status = await createClient({ baseUrl: found.value }).status({}, { signal: world.signal })
  if (!status.ok) return status
  const { host, port, database, caFile } = status.value.sql
  return ok({ host, port, database, caFile: options.ca ?? caFile ?? '' })
}

async function credentialsOf(world: World, options: SqlOptions, address: SqlAddress): Promise<Result<{ readonly user: string; readonly password: string }>> {
  if (options.as !== undefined) {
    const secret = readSecret(homeOf(world), options.as)
    return secret.ok ? ok({ user: options.as, password: secret.value }) : secret
  }
  const server = findServer(world)
  const user = options.user ?? (server.ok ? readSession(world, server.value)?.user : undefined)
  if (user === undefined) return fail(messages['nobody-signed-in']({ url: `${address.host}:${address.port}` }))
  const known = world.environment['PGPASSWORD']
  const password = known !== undefined && known !== '' ? ok(known) : await askSecret(world, `Password of ${user}`, 'Set PGPASSWORD, or act as a demo user with --as <user>.')
  return password.ok ? ok({ user, password: password.value }) : password
}
