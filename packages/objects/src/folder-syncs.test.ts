import { describe, expect, it } from 'vitest'
import { FolderSyncs } from './folder-syncs.ts'

/** Syncs that end when they are told to, in order. */
function rig(): { readonly syncs: FolderSyncs; readonly begun: string[]; end(error?: Error): void } {
  const begun: string[] = []
  const ends: ((error?: Error) => void)[] = []
  const syncs = new FolderSyncs((folder) => {
    begun.push(folder)
    return new Promise((resolve, reject) => ends.push((error) => (error === undefined ? resolve() : reject(error))))
  })
  return { syncs, begun, end: (error) => ends.shift()?.(error) }
}
const soon = (): Promise<void> => new Promise((done) => setImmediate(done))

describe('a sync of a folder', () => {
  it('that is under way serves nobody who asks meanwhile; all of them share the next', async () => {
    const { syncs, begun, end } = rig()
    const served: number[] = []
    const asked = [0, 1, 2].map(async (who) => {
      await (who === 0 ? undefined : soon())
      await syncs.sync('a')
      served.push(who)
    })
    await soon()
    await soon()
    expect(begun).toEqual(['a'])
    end()
    await soon()
    expect({ begun: [...begun], served: [...served] }).toEqual({ begun: ['a', 'a'], served: [0] })
    end()
    await Promise.all(asked)
    expect({ begun, served }).toEqual({ begun: ['a', 'a'], served: [0, 1, 2] })
  })

  it('of one folder does not wait for another', async () => {
    const { syncs, begun, end } = rig()
    const both = Promise.all([syncs.sync('a'), syncs.sync('b')])
    await soon()
    expect(begun).toEqual(['a', 'b'])
    end()
    end()
    await both
  })

  it('that fails is told to those it would have served, and to no others', async () => {
    const { syncs, end } = rig()
    const first = syncs.sync('a').catch((error: Error) => error.message)
    await soon()
    const second = syncs.sync('a').then(() => 'durable')
    end(new Error('EIO'))
    expect(await first).toBe('EIO')
    await soon()
    end()
    expect(await second).toBe('durable')
  })
})
