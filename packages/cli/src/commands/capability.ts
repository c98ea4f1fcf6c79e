// `tulle capability list|show`: what components may be of.

import type { Command } from 'commander'
import { ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { renderFacts, renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

export function registerCapability(program: Command, world: World): void {
  const family = program.command('capability').description('what the platform offers to products')
  withServer(family.command('list')).description('list the capabilities').action(act(world, (options: RemoteOptions) =>
    withClient<Answer>(world, options, async (client) => {
      const listed = await client.listCapabilities()
      if (!listed.ok) return listed
      const { capabilities } = listed.value
      return ok({
        json: capabilities,
        text: () => renderTable([{ title: 'type' }, { title: 'what it is' }, { title: 'presets' }], capabilities.map((c) => [c.type, c.title, c.presets ?? ''])),
      })
    })))
  withServer(family.command('show').argument('<type>')).description('show one, with the JSON Schema of its properties').action(act(world, (options: RemoteOptions, type: string) =>
    withClient<Answer>(world, options, async (client) => {
      const shown = await client.getCapability({ type })
      if (!shown.ok) return shown
      const capability = shown.value
      return ok({
        json: capability,
        text: () => [
          renderFacts([['type', capability.type], ['title', capability.title], ['presets', capability.presets], ['targets', capability.targets.join(', ')]]),
          '', printable(capability.description), '', printable(JSON.stringify(capability.schema, null, 2)),
        ].join('\n'),
      })
    })))
}
