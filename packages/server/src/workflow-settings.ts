// Reads what workflow documents may reach, and opens exactly that.

import type { Diagnostic } from '@tulle/kernel'
import { systemClock } from '@tulle/kernel'
import { openTopicDoor } from '@tulle/kafka'
import { isHostPattern } from '@tulle/objects'
import type { PipelineOptions } from '@tulle/pipeline'
import type { ProgramPolicy } from '@tulle/programs'
import type { Secrets } from '@tulle/sources'
import { openHttpDoor, runProcess } from '@tulle/workflow'
import { messages } from './messages.ts'

export interface WorkflowSettings {
  /** Hosts that `call` may reach. */
  readonly hosts: readonly string[]
  /** Those of them that may be inside of a network. */
  readonly privateHosts: readonly string[]
  /** Shell commands and scripts. */
  readonly allowsProcesses: boolean
  /** What models that are programs run in. */
  readonly programs: ProgramPolicy
}

const PROGRAM_POLICIES: readonly ProgramPolicy[] = ['confined', 'fenced', 'off']

export function readWorkflowSettings(environment: NodeJS.ProcessEnv, diagnostics: Diagnostic[]): WorkflowSettings {
  const hostsIn = (name: string, allowsPatterns: boolean): readonly string[] => {
    const hosts = (environment[name] ?? '').split(',').map((one) => one.trim().toLowerCase()).filter((one) => one !== '')
    for (const host of hosts) if (!isHostPattern(host) || (!allowsPatterns && host.includes('*'))) diagnostics.push(messages['bad-setting']({ name, value: host, want: `hosts such as api.example.com or api.example.com:8443${allowsPatterns ? ' or *.example.com' : ''}, with commas between` }))
    return hosts
  }
  const processes = environment['TULLE_WORKFLOW_PROCESSES'] ?? ''
  if (processes !== '' && processes !== 'allow' && processes !== 'refuse') diagnostics.push(messages['bad-setting']({ name: 'TULLE_WORKFLOW_PROCESSES', value: processes, want: 'allow or refuse' }))
  const said = environment['TULLE_PROGRAMS'] ?? ''
  const programs = PROGRAM_POLICIES.find((one) => one === said)
  if (said !== '' && programs === undefined) diagnostics.push(messages['bad-setting']({ name: 'TULLE_PROGRAMS', value: said, want: 'confined, fenced or off' }))
  return { programs: programs ?? 'confined', hosts: hostsIn('TULLE_WORKFLOW_HOSTS', true), privateHosts: hostsIn('TULLE_WORKFLOW_PRIVATE_HOSTS', false), allowsProcesses: processes === 'allow' }
}

/** Secrets are those that a document declares in `use.secrets`, under the operator's names. */
export const openDoors = ({ workflows, secrets }: { readonly workflows: WorkflowSettings; readonly secrets: Secrets }): NonNullable<PipelineOptions['doors']> => ({
  http: openHttpDoor({ hosts: workflows.hosts, privateHosts: workflows.privateHosts }),
  secret: (name) => secrets(`WORKFLOW_${name.toUpperCase().replaceAll(/[^A-Z0-9]/gu, '_')}`),
  topic: openTopicDoor({ hosts: workflows.hosts, privateHosts: workflows.privateHosts, clock: systemClock }),
  ...(workflows.allowsProcesses && { process: runProcess }),
})
