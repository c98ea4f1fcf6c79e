import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workspace } from '../testing.ts'

const SKYLINE = resolve(import.meta.dirname, '../../../../examples/skyline')

describe('without a server', () => {
  it('status says so to people and to scripts, with exit code 1', async () => {
    using work = workspace()
    expect(await work.tulle(['status', '-o', 'json'])).toMatchObject({ code: 1, out: '{\n  "ready": false\n}\n' })
    expect(await work.tulle(['status'])).toEqual({
      code: 1, out: 'not running\n',
      err: `❌ not-running: No Tulle is running on ${work.folder}/home.\n    Help: Start it with "npm start" in the checkout, or say where it is with TULLE_HOME or TULLE_URL.\n`,
    })
  })

  it('status waits as long as it is told', async () => {
    using work = workspace()
    const before = Date.now()
    expect(await work.tulle(['status', '--wait', '0.7'])).toMatchObject({ code: 1, err: expect.stringContaining('Tulle was not ready within 0.7 seconds.') as string })
    expect(Date.now() - before).toBeGreaterThanOrEqual(700)
  })

  it('a server file that a killed server left is no server', async () => {
    using work = workspace()
    work.write('home/server.json', JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:9' }))
    work.write('home/lock', '999999999 1\n')
    expect((await work.tulle(['product', 'list'])).err).toContain('not-running')
  })

  it.each([
    ['an unknown command', ['frob'], 2],
    ['an unknown flag', ['status', '--frob'], 2],
    ['a missing argument', ['run'], 2],
    ['a format that is none', ['status', '-o', 'xml'], 2],
    ['a wait that is no number', ['status', '--wait', 'long'], 2],
    ['a family without its command', ['grants'], 2],
    ['help', ['help'], 0],
    ['the version', ['--version'], 0],
    ['stopping what does not run', ['stop'], 0],
    ['a folder that is not there', ['validate', 'nowhere'], 2],
    ['a server that is not there', ['whoami'], 1],
  ])('%s has its exit code', async (_name, command, code) => {
    using work = workspace()
    expect((await work.tulle(command)).code).toBe(code)
  })
})

describe('tulle validate', () => {
  it('finds nothing wrong with the sample mesh', async () => {
    using work = workspace()
    expect(await work.tulle(['validate', SKYLINE])).toMatchObject({ code: 0, err: '' })
  })

  it('means the mesh around its caller, and says so where there is none', async () => {
    using work = workspace()
    await work.tulle(['init', 'mesh', 'my'])
    expect(await work.tulle(['validate'], { from: 'my/teams' })).toMatchObject({ code: 0, out: 'my: 0 products in 0 domains, no errors.\n' })
    expect(await work.tulle(['validate'])).toMatchObject({ code: 2, err: expect.stringContaining('no-mesh-here') as string })
  })

  it('names every mistake with its place, as a path from where its caller stands', async () => {
    using work = workspace()
    await work.tulle(['init', 'mesh', 'my'])
    work.write('my/teams/data_team.yaml', 'apiVersion: tulle.dev/v1\nkind: TechnicalTeem\nmetadata: { name: data_team }\n')
    const text = await work.tulle(['validate', 'my'])
    expect(text.code).toBe(1)
    expect(text.err).toContain('my/teams/data_team.yaml:2:7 ')
    expect(text.out).toMatch(/^\d errors?\.\n$/)
    const json = await work.tulle(['validate', 'my', '-o', 'json'])
    expect(json).toMatchObject({ code: 1, err: '' })
    const parsed = JSON.parse(json.out) as { ok: boolean; errors: number; diagnostics: { place: { file: string } }[] }
    expect(parsed).toMatchObject({ ok: false })
    expect(parsed.diagnostics[0]?.place.file).toBe('teams/data_team.yaml')
  })
})

describe('tulle doctor', () => {
  it('names a port that another program has, and the remedy', async () => {
    using work = workspace()
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const ran = await work.tulle(['doctor'], { environment: { TULLE_HTTP_PORT: String(port), TULLE_SQL_PORT: 'abc' } })
    server.close()
    expect(ran.code).toBe(1)
    expect(ran.out).toContain(`problem  HTTP port: ${port} cannot be opened (EADDRINUSE)\n         Help: Stop the program that has it, or choose another port with TULLE_HTTP_PORT.`)
    expect(ran.out).toContain('problem  SQL port: TULLE_SQL_PORT is "abc"')
  })

  it('says of a home below a file that it cannot be written', async () => {
    using work = workspace()
    work.write('file', '')
    const ran = await work.tulle(['doctor', '-o', 'json'], { environment: { TULLE_HOME: join(work.folder, 'file/home') } })
    const findings = JSON.parse(ran.out) as { check: string; state: string }[]
    expect(findings.find((finding) => finding.check === 'state folder')?.state).toBe('problem')
  })
})

describe('tulle reset', () => {
  it('removes what Tulle made and nothing else', async () => {
    using work = workspace()
    for (const name of ['secrets', 'warehouse', 'pg']) mkdirSync(join(work.folder, 'home', name), { recursive: true })
    writeFileSync(join(work.folder, 'home/mine.txt'), 'mine')
    expect(await work.tulle(['reset'])).toMatchObject({ code: 2, err: expect.stringContaining('Say --yes to go ahead') as string })
    expect(existsSync(join(work.folder, 'home/pg'))).toBe(true)
    expect(await work.tulle(['reset', '--yes'])).toEqual({ code: 0, out: `${work.folder}/home keeps what Tulle did not make: mine.txt.\n`, err: '' })
    expect([existsSync(join(work.folder, 'home/pg')), readFileSync(join(work.folder, 'home/mine.txt'), 'utf8')]).toEqual([false, 'mine'])
  })

  it('removes a database that lies outside the home, and follows no other link', async () => {
    using work = workspace()
    for (const name of ['secrets', 'warehouse', 'pg', 'catalog-pg']) mkdirSync(join(work.folder, 'home', name), { recursive: true })
    work.write('shared/cluster-0123456789abcdef/data/PG_VERSION', '18')
    work.write('precious/file', 'x')
    symlinkSync(join(work.folder, 'shared/cluster-0123456789abcdef'), join(work.folder, 'home/pg/cluster'))
    symlinkSync(join(work.folder, 'precious'), join(work.folder, 'home/catalog-pg/cluster'))
    expect((await work.tulle(['reset', '--yes'])).code).toBe(0)
    expect([existsSync(join(work.folder, 'home')), existsSync(join(work.folder, 'shared/cluster-0123456789abcdef')), existsSync(join(work.folder, 'precious/file'))]).toEqual([false, false, true])
  })

  it('refuses while a database of a killed server lives on', async () => {
    using work = workspace()
    for (const name of ['secrets', 'warehouse']) mkdirSync(join(work.folder, 'home', name), { recursive: true })
    work.write('home/pg/cluster/data/postmaster.pid', `${process.pid}\n/data\n`)
    expect(await work.tulle(['reset', '--yes'])).toMatchObject({ code: 1, err: expect.stringContaining(`process ${process.pid}`) as string })
  })

  it('leaves a folder alone that is no home of Tulle', async () => {
    using work = workspace()
    work.write('home/logs/important.log', 'x')
    expect(await work.tulle(['reset', '--yes'])).toMatchObject({ code: 1, err: expect.stringContaining('not-a-home') as string })
    expect(existsSync(join(work.folder, 'home/logs/important.log'))).toBe(true)
  })

  it('refuses while a server holds the home', async () => {
    using work = workspace()
    for (const name of ['secrets', 'warehouse']) mkdirSync(join(work.folder, 'home', name), { recursive: true })
    work.write('home/lock', `${process.pid} -\n`)
    expect(await work.tulle(['reset', '--yes'])).toMatchObject({ code: 1, err: expect.stringContaining(`Tulle (process ${process.pid}) is running`) as string })
  })
})

describe('tulle schema', () => {
  it('prints one kind, and writes all of them for editors', async () => {
    using work = workspace()
    expect(JSON.parse((await work.tulle(['schema', 'data-product'])).out)).toMatchObject({ type: 'object' })
    expect((await work.tulle(['schema', 'data-produkt'])).err).toContain('Did you mean "data-product"?')
    expect((await work.tulle(['schema', '--out', 'schemas'])).code).toBe(0)
    expect(existsSync(join(work.folder, 'schemas/mesh.json'))).toBe(true)
  })
})

describe('tulle logs', () => {
  it('shows the last lines, made harmless', async () => {
    using work = workspace()
    work.write('home/logs/server.log', `${['a', 'b', 'c\u001b[2J'].map((message) => JSON.stringify({ time: 'T', level: 'info', message, port: 1 })).join('\n')}\nhalf`)
    expect(await work.tulle(['logs', '-n', '2'])).toEqual({ code: 0, out: 'T info    b port=1\nT info    c\\u001b[2J port=1\n', err: '' })
  })
})
