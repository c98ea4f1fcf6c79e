// The pages of a product: overview, sample rows, ports, usage, status.

import { expect, it } from 'vitest'
import { MARKDOWN, SCRIPT } from './hostile-mesh.ts'
import { seriousFindings, tokenOf } from './rig.ts'
import type { ConsoleRig } from './rig.ts'

export function products(rig: ConsoleRig): void {
  it('shows what a product is, where it comes from and where it goes', async () => {
    const page = await rig.signIn('bo')
    await page.goto('/products/flights')
    await page.getByText('3,000,000 rows').waitFor()
    await page.getByText('For the purpose: Operations planning.').waitFor()
    await page.getByText(/^\d+ of \d+ pass$/u).waitFor()
    await page.getByRole('link', { name: 'Punctuality' }).click()
    await page.getByRole('heading', { name: 'Punctuality', exact: true }).waitFor()
    await page.getByText('You may not read it yet').waitFor()
    await page.getByText('npx tulle access request punctuality --purpose operations_planning').waitFor()
  })

  it('shows sample rows under the viewer\'s own rights, and tells others why not and whom to ask', async () => {
    const [ana, bo] = [await rig.signIn('ana'), await rig.signIn('bo')]
    await Promise.all([ana, bo].map((page) => page.goto('/products/passengers?tab=sample')))
    await ana.getByRole('cell', { name: /^[A-Z]\*\*\*$/u }).first().waitFor()
    expect(await ana.getByRole('row').count()).toBe(21)
    expect(await ana.getByRole('columnheader').filter({ hasText: 'masked for you' }).allInnerTexts(), 'what is no value says so').toEqual(['name', 'email', 'phone', 'passport', 'birth_date'].map((column) => expect.stringContaining(column)))
    await ana.getByText('20 rows of the part that you may see').waitFor()
    await bo.getByRole('cell', { name: /^P\d+$/u }).first().waitFor()
    expect(await bo.getByRole('cell', { name: /^[A-Z]\*\*\*$/u }).count(), 'planning sees no names').toBe(0)
    await bo.goto('/products/bookings?tab=sample')
    const refusal = bo.getByRole('alert')
    await refusal.getByText('No grant lets bo read bookings.bookings.').waitFor()
    await refusal.getByText('olga').waitFor()
    await refusal.getByRole('link', { name: 'Ask for access' }).waitFor()
    expect(await bo.getByRole('cell').count()).toBe(0)
  })

  it('gives each port a snippet for each tool, ready to paste and without a secret', async () => {
    const tools: readonly (readonly [tool: string, snippet: RegExp])[] = [
      ['psql', new RegExp(`^psql 'host=127\\.0\\.0\\.1 port=${rig.tulle.sqlPort} dbname=tulle user=ana sslmode=verify-ca sslrootcert=\\S+/ca\\.pem'`, 'u')],
      ['JDBC', new RegExp(`"jdbc:postgresql://127\\.0\\.0\\.1:${rig.tulle.sqlPort}/tulle\\?sslmode=verify-ca`, 'u')],
      ['Python', new RegExp(`psycopg\\.connect\\(host="127\\.0\\.0\\.1", port=${rig.tulle.sqlPort}`, 'u')],
      ['pandas', /^import getpass, pandas, sqlalchemy/u],
      ['webhook', /\/api\/v1\/webhooks' \\\n {2}-d '\{"product": "flights", "url": "https:/u],
      ['MCP', /^TOKEN=\$\(npx tulle token create assistant --as ana \| tail -1\)\nclaude mcp add --transport http tulle http\S+\/mcp /u],
      ['tulle', /^npx tulle sql --as ana '/u],
      ['curl', /^curl -u ana 'http\S+\/data\/v1\/flights\/flights\?limit=10'$/u],
    ]
    const pasted = new Map<string, string>()
    const page = await rig.signIn('ana', { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto('/products/flights?tab=ports')
    for (const [tool, snippet] of tools) {
      await page.getByRole('tab', { name: tool, exact: true }).first().click()
      await page.getByRole('button', { name: `Copy for ${tool}` }).first().click()
      const copied = await page.evaluate<string>('navigator.clipboard.readText()')
      expect(copied).toMatch(snippet)
      expect(copied).not.toContain(rig.tulle.secret('ana'))
      pasted.set(tool, copied)
    }
    // As they were pasted; the password is typed.
    const curl = rig.tulle.sh(pasted.get('curl')?.replace('curl -u ana ', `curl -sS -u ana:${rig.tulle.secret('ana')} `) ?? '')
    expect(curl, curl.stderr).toMatchObject({ status: 0 })
    expect((JSON.parse(curl.stdout) as { readonly rows: readonly unknown[] }).rows).toHaveLength(10)
    const asked = rig.tulle.sh(pasted.get('tulle') ?? '')
    expect([asked.status, asked.stdout], asked.stderr).toEqual([0, expect.stringContaining('(10 rows)')])
    // The line that makes the token, and what an assistant sends first with it.
    const [token = '', added = ''] = (pasted.get('MCP') ?? '').split('\n')
    const hello = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'assistant', version: '1' } } })
    const assistant = rig.tulle.sh(`${token}\ncurl -sS -H "Authorization: Bearer $TOKEN" -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' -d '${hello}' ${/http\S+\/mcp/u.exec(added)?.[0]}`)
    expect(assistant.stdout, assistant.stderr).toContain('"serverInfo"')
  })

  it('says how a product came to be: what its versions changed and what was applied, code to who may run it alone', async () => {
    const [ana, dora] = [await rig.signIn('ana'), await rig.signIn('dora')]
    for (const page of [ana, dora]) {
      await page.goto('/products/flights?tab=changelog')
      await page.getByRole('region', { name: 'Versions' }).getByText('The oldest version that is kept').waitFor()
      await page.getByRole('region', { name: 'Compare contracts' }).getByText('Both say the same, word for word.').waitFor()
      await page.getByRole('region', { name: 'Applied changes' }).getByText('data-set:flights.flights', { exact: true }).waitFor()
    }
    const changelog = async (user: string): Promise<string> => JSON.stringify(await (await fetch(`${rig.tulle.url}/api/v1/products/flights/changelog`, { headers: { authorization: `Bearer ${await tokenOf(rig.tulle, user)}` } })).json())
    expect(await changelog('dora')).toContain('"sentences"')
    expect(await changelog('ana')).not.toContain('"sentences"')
    expect(await seriousFindings(dora)).toEqual([])
  })

  it('shows those who answer for a product who uses it, and nobody else', async () => {
    const [olga, ana] = [await rig.signIn('olga'), await rig.signIn('ana')]
    await olga.goto('/products/passengers?tab=usage')
    await olga.getByRole('region', { name: 'Active consumers' }).waitFor()
    await olga.getByRole('img', { name: /quer(?:y|ies) in 30 days/u }).waitFor()
    await ana.goto('/products/passengers?tab=usage')
    await ana.getByRole('alert').waitFor()
    expect(await ana.getByRole('region', { name: 'Active consumers' }).count()).toBe(0)
  })

  it('says on one page what a product promises of its service, how it is kept, and whether its incidents are told', async () => {
    const page = await rig.signIn('ana')
    await page.goto('/products/flights?tab=status')
    await page.getByText('80 % over 20 days').waitFor()
    await page.getByRole('region', { name: 'Badge' }).getByText('documented-columns').waitFor()
    await page.getByRole('link', { name: /^\d+ of \d+ pass$/u }).waitFor()
    await page.getByRole('button', { name: 'Tell me of incidents' }).click()
    await page.getByRole('button', { name: 'Tell me no more of incidents' }).waitFor()
  })

  it('carries what people say about a product as text, tells those who keep it, and takes nothing back but by who may', async () => {
    const bo = await rig.signIn('bo')
    await bo.goto('/products/passengers?tab=discussion')
    await bo.getByText('Nobody has said anything yet').waitFor()
    await bo.getByRole('textbox', { name: /^Say something about/u }).fill(`${SCRIPT}\n\nWhy?`)
    await bo.getByRole('button', { name: 'Say it' }).click()
    await bo.getByRole('region', { name: 'Thread of bo' }).getByText(SCRIPT).waitFor()

    const olga = await rig.signIn('olga', { colorScheme: 'dark', viewport: { width: 390, height: 850 } })
    await olga.goto('/')
    await olga.getByRole('button', { name: /^Notices, \d+ new$/u }).click()
    await olga.getByRole('listitem').filter({ hasText: `bo said about passengers: ${SCRIPT} Why?` }).waitFor()
    await olga.goto('/products/passengers?tab=discussion')
    const thread = olga.getByRole('region', { name: 'Thread of bo' })
    await thread.getByRole('button', { name: 'Answer' }).click()
    await thread.getByRole('textbox', { name: 'Your answer' }).fill(MARKDOWN)
    await thread.getByRole('button', { name: 'Say it' }).click()
    await thread.getByText(MARKDOWN).waitFor()
    expect(await seriousFindings(olga)).toEqual([])
    expect(await olga.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')).toBe(false)

    // Whoever spoke may take back their own word, not another's.
    await bo.getByText(MARKDOWN).waitFor({ timeout: 30_000 })
    expect(await bo.getByRole('button', { name: 'Withdraw what olga said' }).count()).toBe(0)
    await bo.getByRole('button', { name: 'Withdraw what bo said' }).click()
    await bo.getByText('withdrawn').waitFor()
    expect(await bo.getByText(SCRIPT).count()).toBe(0)
    await bo.getByRole('link', { name: 'On the map' }).click()
    await bo.getByRole('region', { name: 'Chosen product' }).getByRole('heading', { name: 'Passengers' }).waitFor()
    expect(rig.faults).toEqual([])
  })
}
