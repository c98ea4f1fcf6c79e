// Rules of a mesh folder that ask Rego: what is wrong with them is said with its place, before anything is applied.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadMesh } from '@tulle/model'
import { exampleMesh, findingsOf, literalModelReads } from '@tulle/model/testing'
import { describe, expect, it } from 'vitest'
import { checkRego } from './check-rego.ts'

const BUNDLE = readFileSync(join(import.meta.dirname, 'testing/bundle.tar.gz')).toString('base64')
const POLICY = (rego: string, status: string) => `apiVersion: tulle.dev/v1
kind: Policy
metadata: { name: p }
spec:
  status: ${status}
  rules:
    - name: r
      rego:
        ${rego.replaceAll('\n', '\n        ')}
`
const load = (rego: string, status = 'enforced') => loadMesh(exampleMesh({ 'policies/p.yaml': POLICY(rego, status) }), { modelReads: literalModelReads })
async function found(rego: string, status?: string): Promise<readonly string[]> {
  const mesh = load(rego, status)
  return mesh.ok ? findingsOf({ diagnostics: await checkRego(mesh.value, { hosts: new Set(['opa.example.com', '127.0.0.1:8181']) }) }) : findingsOf(mesh)
}

describe('what is wrong with a rule that asks Rego', () => {
  it.each<readonly [why: string, rego: string, findings: readonly string[]]>([
    ['nothing, of a server', 'entrypoint: tulle/decision\nserver: https://opa.example.com', []],
    ['nothing, of a bundle', `entrypoint: tulle/decision\nbundle: ${BUNDLE}`, []],
    ['nothing, of a bundle on many lines', `entrypoint: tulle/yes\nbundle: |\n${BUNDLE.replaceAll(/.{1,200}/gu, '  $&\n').trimEnd()}`, []],
    ['a server that may not be asked', 'entrypoint: tulle/decision\nserver: http://elsewhere:8181', ['policies/p.yaml:10:17 error rego-server-not-listed: p.r asks http://elsewhere:8181, which this Tulle may not.']],
    ['an entrypoint that is not there', `entrypoint: tulle/desision\nbundle: ${BUNDLE}`, ['policies/p.yaml:9:21 error rego-entrypoint-missing: The bundle of p.r has no entrypoint "tulle/desision"; it has tulle/broken, tulle/decision, tulle/large, tulle/listed, tulle/loose, tulle/nothing, tulle/yes.']],
    ['a bundle that is none', 'entrypoint: tulle/decision\nbundle: AAAA', ['policies/p.yaml:10:17 error rego-bundle-unread: The bundle of p.r cannot be used: it is no gzip file.']],
  ])('is %s', async (_, rego, findings) => {
    const plain = (await found(rego)).map((line) => line.replace(/it has .*\.$/u, (list) => `it has ${list.slice(7, -1).split(', ').toSorted().join(', ')}.`))
    expect(plain).toEqual(findings)
  })

  it('is not looked for in retired ones', async () => expect(await found('entrypoint: tulle/decision\nbundle: AAAA', 'retired')).toEqual([]))

  it.each(['entrypoint: tulle/decision', `entrypoint: tulle/decision\nserver: https://a.b\nbundle: AAAA`, 'entrypoint: ../../x\nserver: https://a.b', 'entrypoint: a\nserver: https://user:secret@a.b', 'entrypoint: a\nserver: https://a.b/path', 'entrypoint: a\nbundle: "<>"', 'entrypoint: a\nbundle: AAAA\nsecret: OPA_TOKEN'])('%s is no rule', (rego) => {
    expect(load(rego).ok).toBe(false)
  })
})
