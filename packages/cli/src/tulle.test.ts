import { spawn, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workspace } from './testing.ts'

describe('the bin', () => {
  it('prints results to stdout and mistakes to stderr, without colours where nobody looks', async () => {
    using work = workspace()
    expect(await work.spawned(['frob'])).toEqual({ code: 2, out: '', err: "error: unknown command 'frob'\n(see --help)\n" })
    expect(await work.spawned(['status', '-o', 'json'])).toMatchObject({ code: 1, out: '{\n  "ready": false\n}\n' })
  })

  it('says the same from its sources and as the one file that tests start', async () => {
    using work = workspace()
    const { stdout, stderr, status } = spawnSync(process.execPath, [resolve(import.meta.dirname, 'tulle.ts'), '--help'], { encoding: 'utf8' })
    expect(await work.spawned(['--help'])).toEqual({ code: status, out: stdout, err: stderr })
    expect(stdout).toContain('Usage: tulle')
  })

  it('stops at Ctrl-C with the exit code of one that was interrupted', async () => {
    using work = workspace()
    const child = spawn(process.execPath, [resolve(import.meta.dirname, 'tulle.ts'), 'status', '--wait', '60'], { env: { ...process.env, TULLE_HOME: work.folder } })
    const ended = new Promise((done) => child.on('close', (code, signal) => done({ code, signal })))
    // Wide enough for a busy machine to have it waiting; too early would be killed by the signal itself.
    await new Promise((done) => setTimeout(done, 2500))
    child.kill('SIGINT')
    expect(await ended).toEqual({ code: 130, signal: null })
  })

  it('takes the password from a pipe, and never prints it', async () => {
    using work = workspace()
    const ran = await work.spawned(['login', 'ana', '--password-stdin'], { input: 'hunter2\n', environment: { TULLE_URL: 'http://127.0.0.1:9' } })
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('server-unreachable')
    expect(ran.err).not.toContain('password-in-the-open')
    expect(ran.out + ran.err).not.toContain('hunter2')
    const far = await work.spawned(['login', 'ana', '--password-stdin'], { input: 'hunter2\n', environment: { TULLE_URL: 'http://tulle.invalid' } })
    expect(far.err).toContain('The password travels to http://tulle.invalid unencrypted.')
  })
})
