// Changes as they come, who follows them, and webhooks.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { SCRIPT } from './hostile-mesh.ts'
import { seriousFindings, tokenOf } from './rig.ts'
import type { ConsoleRig } from './rig.ts'

export function followingChanges(rig: ConsoleRig): void {
  it('shows the change stream of a data set as each viewer may see it, and who follows it to those who keep it', async () => {
    const [ana, bo] = [await rig.signIn('ana'), await rig.signIn('bo')]
    for (const page of [ana, bo]) {
      await page.goto('/products/passengers?tab=changes')
      await page.getByRole('button', { name: 'From the start' }).click()
      await page.getByRole('group', { name: 'Live changes of passengers' }).getByRole('cell', { name: /^P\d+$/u }).first().waitFor()
    }
    await ana.getByRole('cell', { name: /^[A-Z]\*\*\*$/u }).first().waitFor()
    expect(await bo.getByRole('cell', { name: /^[A-Z]\*\*\*$/u }).count(), 'planning sees no names').toBe(0)
    await ana.getByRole('button', { name: 'Stop' }).click()
    expect(await ana.getByRole('group', { name: 'Live changes of passengers' }).count()).toBe(0)

    const address = `${rig.tulle.url}/streams/v1/passengers/passengers`
    const headers = { authorization: `Bearer ${await tokenOf(rig.tulle, 'ana')}`, 'content-type': 'application/json' }
    const { next } = (await (await fetch(`${address}?from=start&limit=10`, { headers })).json()) as { next: string }
    expect((await fetch(`${address}/positions/nightly`, { method: 'PUT', headers, body: JSON.stringify({ position: next }) })).status).toBe(200)
    const olga = await rig.signIn('olga')
    await olga.goto('/products/passengers?tab=changes')
    await olga.getByRole('region', { name: 'Who follows it' }).getByRole('row').filter({ hasText: 'nightly' }).getByText('ana').waitFor()
    await bo.reload()
    await bo.getByRole('region', { name: 'Who follows it' }).getByText('Nobody saved a position').waitFor()
    expect(rig.faults).toEqual([])
  })

  it('makes a webhook, tests it, shows what became of each request, and ends it', async () => {
    let answers = 204
    const receiver = createServer((request, reply) => {
      request.resume()
      reply.writeHead(answers).end()
    })
    await new Promise<void>((wake) => receiver.listen(0, '127.0.0.1', wake))
    try {
      const ana = await rig.signIn('ana')
      await ana.goto('/products/flights?tab=changes')
      await ana.getByRole('button', { name: 'New webhook' }).click()
      const form = ana.getByRole('dialog', { name: 'Be told of Flights' })
      await form.getByRole('textbox', { name: 'Address' }).fill('http://192.0.2.1/hook')
      await form.getByRole('button', { name: 'Make it' }).click()
      await form.getByRole('alert').waitFor()
      await form.getByRole('textbox', { name: 'Address' }).fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`)
      await form.getByRole('textbox', { name: 'Note' }).fill(SCRIPT)
      expect(await seriousFindings(ana)).toEqual([])
      await form.getByRole('button', { name: 'Make it' }).click()
      await form.getByText(/^whsec_/u).waitFor()
      await form.getByRole('link', { name: /^wh_/u }).click()
      await ana.getByRole('heading', { level: 1, name: /^http:\/\/127/u }).waitFor()
      await ana.getByText(SCRIPT).waitFor()
      await ana.getByRole('button', { name: 'Send a test' }).click()
      await ana.getByText(/^It answered 204 within/u).waitFor()
      const deliveries = ana.getByRole('region', { name: 'Deliveries' })
      await deliveries.getByText('delivered', { exact: true }).first().waitFor()
      answers = 500
      await ana.getByRole('button', { name: 'Send a test' }).click()
      await ana.getByText(/^It was not taken/u).waitFor()
      await deliveries.getByText('failed', { exact: true }).first().waitFor()
      expect(await seriousFindings(ana)).toEqual([])
      await ana.getByRole('button', { name: 'Pause' }).click()
      await ana.getByRole('status').getByText('paused by ana').waitFor()
      await ana.getByRole('button', { name: 'Delete' }).click()
      await ana.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await ana.getByText('No webhook').waitFor()
      // A form that was refused is no fault of the page.
      expect(rig.faults).toEqual([])
    } finally {
      receiver.close()
    }
  })

  it('shows what a target never took and why, sends it again one by one, and sends everything once more', async () => {
    const taken: string[] = []
    const receiver = createServer((request, reply) => {
      taken.push(request.headers['webhook-id'] as string)
      request.resume()
      reply.writeHead(204).end()
    })
    await new Promise<void>((wake) => receiver.listen(0, '127.0.0.1', wake))
    try {
      const headers = { authorization: `Bearer ${await tokenOf(rig.tulle, 'ana')}`, 'content-type': 'application/json' }
      const { entries: [first] } = (await (await fetch(`${rig.tulle.url}/streams/v1/passengers/passengers?from=start&limit=1`, { headers })).json()) as { entries: readonly { readonly after: { readonly passenger_id: string } }[] }
      // A question that has no answer for one row; all others are not wanted.
      const condition = `row.passenger_id == '${first?.after.passenger_id}' && int(row.name) > 0`
      const made = await fetch(`${rig.tulle.url}/api/v1/webhooks`, { method: 'POST', headers, body: JSON.stringify({ product: 'passengers', dataSet: 'passengers', url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`, kinds: ['insert'], filter: { condition }, from: 'start' }) })
      const { webhook: { id } } = (await made.json()) as { webhook: { id: string } }
      const ana = await rig.signIn('ana')
      await ana.goto('/webhooks')
      await ana.getByRole('region', { name: 'Your webhooks' }).getByRole('row').filter({ hasText: 'insert' }).getByRole('link', { name: /^http:\/\/127/u }).click()
      const letters = ana.getByRole('region', { name: 'Dead letters' })
      await letters.getByText(/^webhook-condition-failed/u).waitFor()
      expect(taken).toEqual([])
      expect(await seriousFindings(ana)).toEqual([])
      await letters.getByRole('checkbox', { name: /^Choose /u }).check()
      await letters.getByRole('button', { name: 'Send 1 again' }).click()
      await letters.getByText('delivered', { exact: true }).waitFor()
      expect(await letters.getByRole('button').count(), 'nothing is left to be sent').toBe(0)
      expect(taken.length).toBe(1)
      await ana.getByRole('button', { name: 'Replay' }).click()
      const dialog = ana.getByRole('dialog', { name: 'Send everything once more?' })
      await dialog.getByText('the same ids').waitFor()
      await dialog.getByRole('button', { name: 'Send it again' }).click()
      await dialog.waitFor({ state: 'hidden' })
      await letters.getByText('dead', { exact: true }).waitFor()
      expect((await fetch(`${rig.tulle.url}/api/v1/webhooks/${id}`, { method: 'DELETE', headers: { authorization: headers.authorization } })).status).toBe(204)
      expect(rig.faults).toEqual([])
    } finally {
      receiver.close()
    }
  })
}
