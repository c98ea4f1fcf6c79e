// What a shell command of a workflow can reach: its own folder, and little else.

import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProcess, sandboxOf } from './process-door.ts'

const shell = (command: string, more: Partial<Parameters<typeof runProcess>[0]> = {}) =>
  runProcess({ command: ['/bin/sh', '-c', command], stdin: '', environment: {}, files: {}, signal: new AbortController().signal, ...more })

let port = 0
const server = createServer((socket) => socket.end('reached'))
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

describe('a shell command of a workflow', () => {
  it('has its input, its arguments and its variables, and no others', async () => {
    process.env['TULLE_TEST_SECRET'] = 'planted'
    const { stdout } = await shell('cat; env', { stdin: 'in\n', environment: { MINE: '1' } })
    expect(stdout).toContain('in\n')
    expect(stdout).toContain('MINE=1')
    expect(stdout).not.toContain('planted')
    delete process.env['TULLE_TEST_SECRET']
  })

  it('works in a folder of its own that goes away', async () => {
    const { stdout } = await shell('touch here && pwd')
    expect(stdout).toContain('tulle-process-')
    expect(existsSync(stdout.trim())).toBe(false)
  })

  it('says its exit code, and what it printed', async () => {
    expect(await shell('echo out; echo err >&2; exit 3')).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' })
  })

  it.skipIf(!sandboxOf().asNobody)('is nobody (skipped where this is not root)', async () => {
    expect((await shell('id -u')).stdout).toBe('65534\n')
    expect((await shell('cat /etc/shadow')).code).not.toBe(0)
    // The control: this process could.
    expect(readFileSync('/etc/shadow', 'utf8').length).toBeGreaterThan(0)
  })

  it.skipIf(!sandboxOf().withoutNetwork)('has no network (skipped where that cannot be arranged)', async () => {
    const connect = `require('net').connect(${port}, '127.0.0.1').on('data', (d) => { console.log(String(d)); process.exit() }).on('error', (e) => { console.log(e.code); process.exit() })`
    const request = { command: ['node', '-e', connect], stdin: '', environment: {}, files: {}, signal: new AbortController().signal }
    expect((await runProcess(request)).stdout.trim()).not.toBe('reached')
  })

  it('ends with all that it started when the run is stopped', async () => {
    const stop = new AbortController()
    const running = shell('sleep 100 & sleep 100', { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('stopped')), 100)
    await expect(running).rejects.toThrow('stopped')
  })

  it('prints no more than its limit', async () => {
    await expect(shell('yes')).rejects.toThrow('limit "processOutputBytes"')
  })
})
