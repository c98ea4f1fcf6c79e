import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { killCycles } from './kill-cycles.ts'
import { prepareHome, temporaryFolder } from './prepared-home.ts'

describe('killing server and PostgreSQL at random moments', () => {
  it('loses nothing that was acknowledged', async () => {
    const folder = await temporaryFolder('kill')
    try {
      await prepareHome(join(folder, 'pg'))
      const report = await killCycles({ folder: join(folder, 'pg'), cycles: 4 })
      console.info(`kill cycles: ${report.acknowledged} acknowledged, ready after ${report.readyAfter.map((ms) => Math.round(ms)).join(', ')} ms`)
      expect({ ...report, acknowledged: report.acknowledged > 0, readyAfter: [] }).toEqual({ cycles: 4, acknowledged: true, lost: [], unhandled: [], readyAfter: [] })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
