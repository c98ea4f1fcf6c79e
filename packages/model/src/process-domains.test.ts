// What a mesh says of the process domains of its applications.

import { describe, expect, it } from 'vitest'
import { loadMesh } from './index.ts'
import { exampleMesh, findingsOf, literalModelReads } from './testing/index.ts'

const load = (files: Readonly<Record<string, string>>) => loadMesh(exampleMesh(files), { modelReads: literalModelReads })
const head = (name: string): string => `apiVersion: tulle.dev/v1\nkind: ProcessDomain\nmetadata: { name: ${name}, title: Crew planning }\n`

describe('a process domain', () => {
  it('is known by its name, whatever its file is called', () => {
    const loaded = load({ 'applications/anything.yaml': `${head('crew')}spec: { application: Roster, team: ops, systems: [roster, replica] }\n` })
    expect(findingsOf(loaded)).toEqual([])
    expect(loaded.ok && [...loaded.value.processDomains]).toMatchObject([['crew', { name: 'crew', title: 'Crew planning', application: 'Roster', team: 'ops', systems: ['roster', 'replica'] }]])
  })

  it('without a team, of a team that there is not, or declared twice is told so', () => {
    expect(findingsOf(load({
      'applications/crew.yaml': 'apiVersion: tulle.dev/v1\nkind: ProcessDomain\nmetadata: { name: crew }\nspec: { team: opss }\n',
      'applications/desks.yaml': 'apiVersion: tulle.dev/v1\nkind: ProcessDomain\nmetadata: { name: crew }\nspec: { team: ops, systems: [roster] }\n',
      'applications/gates.yaml': 'apiVersion: tulle.dev/v1\nkind: ProcessDomain\nmetadata: { name: gates }\nspec: { systems: [gate_keeper] }\n',
    }))).toEqual([
      'applications/crew.yaml:4:15 error unknown-team: There is no technical team "opss". Did you mean "ops"?',
      'applications/desks.yaml:3:19 error duplicate-name: There are two process domains named "crew".',
      'applications/gates.yaml:4:1 error missing-key: "team" is missing.',
    ])
  })
})
