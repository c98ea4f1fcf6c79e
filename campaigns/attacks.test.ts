// Attack statements on a whole Tulle, watched by strace, and the controls that show that the watch can see.

import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { looseWorker } from '@tulle/engine/testing'
import { describe, expect, it } from 'vitest'
import answered from './attacks/answered.json' with { type: 'json' }
import { besiege, besiegeEngine } from './attacks.ts'
import { judgeCall, watchCalls, whyUnwatched } from './watch-calls.ts'

describe('attack statements of a user with few rights', () => {
  it('show nothing that is hidden, leave the engine’s folders never, and are answered only where that is harmless', async () => {
    const siege = await besiege({ whole: false })
    expect(siege.violations).toEqual([])
    expect(siege.statements).toBeGreaterThan(700)
    expect([...siege.answered.keys()].toSorted()).toEqual(answered.toSorted())
  }, 240_000)

  it('open nothing even past the gate', async () => {
    const siege = await besiegeEngine()
    expect(siege.violations).toEqual([])
    expect(siege.sent).toBeGreaterThan(700)
  }, 120_000)
})

describe('the watch', () => {
  it('sees an engine that is not locked read a file of the machine, and write one', async () => {
    const why = whyUnwatched()
    if (why !== undefined) return console.warn(`SKIPPED: the watch of engine processes is not tried: ${why}.`)
    const worker = await looseWorker()
    try {
      const folder = join(import.meta.dirname, '../.test-output')
      mkdirSync(folder, { recursive: true })
      const watch = await watchCalls(worker.pid, join(folder, 'loose.strace'), { reads: [join(tmpdir(), 'tulle-nothing')], writes: [], attempts: true })
      expect(await worker.runs(`SELECT * FROM read_text('/etc/hostname')`)).toBe(true)
      expect(await worker.runs(`COPY (SELECT 1) TO '/dev/null'`)).toBe(true)
      const { violations } = await watch.stop()
      expect(violations.some((call) => call.includes('"/etc/hostname", O_RDONLY'))).toBe(true)
      expect(violations.some((call) => call.includes('"/dev/null"'))).toBe(true)
    } finally {
      await worker.close()
    }
  }, 60_000)

  it('minds only what was had where it is told so', () => {
    const allowed = { reads: [], writes: [], attempts: false }
    expect(judgeCall('1 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = -1 EACCES (Permission denied)', allowed)).toBeUndefined()
    expect(judgeCall('1 readlink("/etc", 0x1, 1023) = -1 EINVAL', allowed)).toBeUndefined()
    expect(judgeCall('1 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 7', allowed)).toContain('/etc/passwd')
    expect(judgeCall('1 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = -1 EPERM', allowed)).toContain('socket')
  })

  it.each([
    ['1 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = -1 EACCES (Permission denied)', true],
    ['1 openat(AT_FDCWD, "/a/files/x.parquet", O_RDONLY) = 5', false],
    ['1 openat(AT_FDCWD, "/a/files/x.parquet", O_RDWR|O_CREAT, 0666) = 5', true],
    ['1 openat(AT_FDCWD, "/a/scratch/x", O_RDWR|O_CREAT, 0666) = 5', false],
    ['1 openat(AT_FDCWD, "/a/files/../../etc/passwd", O_RDONLY) = 5', true],
    ['1 openat(7, "passwd", O_RDONLY) = 5', true],
    ['1 stat("/home/x", 0x1) = 0', true],
    ['1 readlink("/a", 0x1, 1023) = -1 EINVAL', false],
    ['1 unlink("/a/files/x.parquet") = 0', true],
    ['1 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 9', true],
    ['1 connect(9, {sa_family=AF_INET}, 16) = 0', true],
    ['1 sendto(3, "x", 1, 0, NULL, 0) = 1', false],
    ['1 execve("/bin/sh", ["sh"], 0x1) = 0', true],
    ['1 link("/a/files/x", "/a/scratch/y") = 0', true],
  ])('judges %s', (line, isViolation) => {
    expect(judgeCall(line, { reads: ['/a/files'], writes: ['/a/scratch'], attempts: true }) !== undefined).toBe(isViolation)
  })
})
