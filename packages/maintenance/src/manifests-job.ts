// Small manifests, which make every read and commit of a table slower.

import { ok } from '@tulle/kernel'
import type { ManifestFile } from '@tulle/lake'
import { loadTable, rewriteManifests, smallManifests } from '@tulle/lake'
import type { Job, Removal } from './types.ts'

export const manifestsJob: Job = {
  name: 'manifests',
  foresee: async ({ lake, table }) => {
    const loaded = await loadTable(lake, table)
    if (!loaded.ok) return loaded
    const small = await smallManifests(lake, loaded.value)
    return small.ok ? ok(small.value.flat().map(removalOf)) : small
  },
  carryOut: async ({ lake, table }) => {
    const replaced = await rewriteManifests(lake, table)
    return replaced.ok ? ok(replaced.value.map(removalOf)) : replaced
  },
}

const removalOf = ({ path, bytes }: ManifestFile): Removal =>
  ({ job: 'manifests', what: 'manifest', name: path, bytes, rule: 'small-manifests', reason: 'It is small, and is brought together with others. The file goes with the versions that name it.' })
