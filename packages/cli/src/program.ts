// All commands on one tree. A new family is one file in commands/ and one line here.

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { registerAccess } from './commands/access.ts'
import { registerAccount } from './commands/account.ts'
import { registerApply } from './commands/apply.ts'
import { registerArchive } from './commands/archive.ts'
import { registerAudit } from './commands/audit.ts'
import { registerBackup } from './commands/backup.ts'
import { registerCapability } from './commands/capability.ts'
import { registerContract } from './commands/contract.ts'
import { registerDbt } from './commands/dbt.ts'
import { registerDev } from './commands/dev.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerErase } from './commands/erase.ts'
import { registerExport } from './commands/export.ts'
import { registerFiles } from './commands/files.ts'
import { registerGrant } from './commands/grant.ts'
import { registerHistory } from './commands/history.ts'
import { registerLineage } from './commands/lineage.ts'
import { registerProvenance } from './commands/provenance.ts'
import { registerIncidents } from './commands/incidents.ts'
import { registerInit } from './commands/init.ts'
import { registerLogin } from './commands/login.ts'
import { registerMaintain } from './commands/maintain.ts'
import { registerChecks } from './commands/checks.ts'
import { registerConsumers } from './commands/consumers.ts'
import { registerNotices } from './commands/notices.ts'
import { registerPolicy } from './commands/policy.ts'
import { registerProfile } from './commands/profile.ts'
import { registerProduct } from './commands/product.ts'
import { registerQuarantine } from './commands/quarantine.ts'
import { registerDashboards, registerQueries } from './commands/queries.ts'
import { registerReset } from './commands/reset.ts'
import { registerBackfill } from './commands/backfill.ts'
import { registerRun } from './commands/run.ts'
import { registerSchema } from './commands/schema.ts'
import { registerSearch } from './commands/search.ts'
import { registerStreams } from './commands/streams.ts'
import { registerServer } from './commands/server.ts'
import { registerSlo } from './commands/slo.ts'
import { registerSql } from './commands/sql.ts'
import { registerStatus } from './commands/status.ts'
import { registerToken } from './commands/token.ts'
import { registerTypes } from './commands/types.ts'
import { registerUsage } from './commands/usage.ts'
import { registerValidate } from './commands/validate.ts'
import { registerWebhooks } from './commands/webhooks.ts'
import { registerWorkflow } from './commands/workflow.ts'
import type { World } from './types.ts'

const GROUPS: readonly (readonly [heading: string, families: readonly ((program: Command, world: World) => void)[]])[] = [
  ['Find and use', [registerSearch, registerProduct, registerSql, registerAccess, registerFiles, registerStreams, registerWebhooks, registerQueries, registerDashboards, registerToken]],
  ['Understand', [registerLineage, registerProvenance, registerHistory, registerProfile, registerConsumers]],
  ['Build', [registerInit, registerValidate, registerDev, registerApply, registerCapability, registerContract, registerChecks, registerWorkflow, registerSchema, registerTypes, registerDbt, registerExport]],
  ['Run and keep well', [registerRun, registerBackfill, registerQuarantine, registerNotices, registerSlo, registerIncidents]],
  ['Govern', [registerPolicy, registerGrant, registerAccount, registerAudit, registerUsage, registerErase]],
  ['This machine', [registerStatus, registerLogin, registerServer, registerDoctor, registerBackup, registerMaintain, registerArchive, registerReset]],
]

/** The tree of commands over a world. Bad usage is thrown as commander's own error, so that the caller ends the process. */
export function createProgram(world: World): Command {
  const program = new Command('tulle')
    .description('A self-serve data mesh: describe products in files, plan, apply, run, ask.')
    .version((JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version)
    .enablePositionalOptions()
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.terminal.out(text.trimEnd()),
      writeErr: (text) => world.terminal.say(text.trimEnd()),
    })
  for (const [heading, families] of GROUPS) {
    program.commandsGroup(`${heading}:`)
    for (const register of families) register(program, world)
  }
  return program.addHelpText('after', '\n"tulle <command> --help" says more. To begin: "tulle status" says where the ports and the demo users are.')
}
