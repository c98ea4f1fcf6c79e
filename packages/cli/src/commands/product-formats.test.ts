import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseYaml } from '@tulle/model'
import { corpusFiles, readCorpus } from '@tulle/model/testing'
import { workspace } from '../testing.ts'

const SKYLINE = resolve(import.meta.dirname, '../../../../examples/skyline')
const valueOf = (text: string): unknown => {
  const parsed = parseYaml(text, 'given')
  return parsed.ok ? parsed.value.value : parsed.diagnostics
}

describe.each(['odps', 'dpds'])('tulle product export and import by %s', (format) => {
  it('give the same product.yaml again, for a product of the sample mesh', async () => {
    using work = workspace()
    expect(await work.tulle(['product', 'export', 'punctuality', '--folder', SKYLINE, '--format', format, '--out', 'p.txt'])).toEqual({ code: 0, out: 'wrote p.txt\n', err: '' })
    expect(await work.tulle(['product', 'import', 'p.txt', '--format', format, '--to', 'made'])).toMatchObject({ code: 0, err: '' })
    const text = readFileSync(join(work.folder, 'made/product.yaml'), 'utf8')
    expect(valueOf(text)).toEqual(valueOf(readFileSync(join(SKYLINE, 'domains/operations/punctuality/product.yaml'), 'utf8')))
    expect(existsSync(join(work.folder, 'made/contracts/punctuality.odcs.yaml'))).toBe(format === 'dpds')
  })

  it('write over nothing, and refuse what is not of that standard with exit code 1 and what is not there with 2', async () => {
    using work = workspace()
    work.write('other.yaml', 'apiVersion: tulle.dev/v1\n')
    work.write('made/product.yaml', 'mine')
    expect(await work.tulle(['product', 'import', 'other.yaml', '--format', format, '--to', 'new'])).toMatchObject({ code: 1, err: expect.stringContaining('other.yaml:1:1 not-this-format') as string })
    expect(await work.tulle(['product', 'import', 'nowhere', '--format', format, '--to', 'new'])).toMatchObject({ code: 2 })
    await work.tulle(['product', 'export', 'punctuality', '--folder', SKYLINE, '--format', format, '--out', 'p.txt'])
    expect((await work.tulle(['product', 'import', 'p.txt', '--format', format, '--to', 'made'])).err).toContain('name-taken')
    expect(readFileSync(join(work.folder, 'made/product.yaml'), 'utf8')).toBe('mine')
    expect(await work.tulle(['product', 'export', 'punctualty', '--folder', SKYLINE, '--format', format])).toMatchObject({ err: expect.stringContaining('Did you mean "punctuality"?') as string })
  })
})

describe('a product of others', () => {
  const [odps] = corpusFiles('odps-bitol/docs/examples/customer*.yaml')
  if (odps === undefined) console.warn('SKIPPED: a product of ODPS in a mesh, as the corpus is absent.')

  it.skipIf(odps === undefined)('is a valid product of the mesh that it is imported into, and leaves it as it came', async () => {
    using work = workspace()
    cpSync(SKYLINE, join(work.folder, 'mesh'), { recursive: true })
    work.write('given.yaml', readCorpus(odps ?? ''))
    expect(await work.tulle(['product', 'import', 'given.yaml', '--format', 'odps', '--to', 'mesh/domains/customer/customer_data_product'])).toMatchObject({ code: 0 })
    const found = await work.tulle(['validate', 'mesh'])
    expect(found).toMatchObject({ code: 0, out: expect.stringMatching(/products in \d+ domains, no errors/u) as string })
    expect(found.err).not.toContain('oam-part-not-used')
    const { out } = await work.tulle(['product', 'export', 'customer_data_product', '--folder', 'mesh', '--format', 'odps'])
    expect(valueOf(out)).toEqual(valueOf(readCorpus(odps ?? '')))
  })

  it('is an application of OAM where that is asked for', async () => {
    using work = workspace()
    const { out } = await work.tulle(['product', 'export', 'airports', '--folder', SKYLINE, '--format', 'oam'])
    expect(valueOf(out)).toMatchObject({ apiVersion: 'core.oam.dev/v1beta1', kind: 'Application', metadata: { name: 'airports' } })
  })
})
