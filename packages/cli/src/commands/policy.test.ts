import { describe, expect, it } from 'vitest'
import { workspace } from '../testing.ts'

const CASES = 'apiVersion: tulle.dev/v1\nkind: PolicyCases\nmetadata: { name: shop }\nspec:\n  cases:\n    - { name: nobody reads, subject: { name: ana }, read: orders.orders, expect: { effect: deny } }\n'

async function shop(work: ReturnType<typeof workspace>): Promise<void> {
  await work.tulle(['init', 'mesh', 'shop'])
  await work.tulle(['init', 'domain', 'sales', '--folder', 'shop', '--set', 'owner=sales_team'])
  work.write('orders.csv', 'id,total\n1,2\n')
  await work.tulle(['init', 'product', 'orders', '--folder', 'shop', '--domain', 'sales', '--csv', 'orders.csv'])
}

describe('tulle policy test', () => {
  it('ends with 0 where every case is as it should be', async () => {
    using work = workspace()
    await shop(work)
    work.write('shop/policies/cases/shop.yaml', CASES)
    expect(await work.tulle(['policy', 'test', 'shop'])).toMatchObject({ code: 0, out: '1 case, all as they should be.\n' })
  })

  it('ends with 1 where one is not, and says where and in what', async () => {
    using work = workspace()
    await shop(work)
    work.write('shop/policies/cases/shop.yaml', CASES.replace('effect: deny', 'effect: allow'))
    expect(await work.tulle(['policy', 'test', 'shop'])).toMatchObject({
      code: 1, out: '❌ shop/policies/cases/shop.yaml:6:15 nobody reads\n    effect: deny, not allow\n    No grant lets ana read orders.orders.\n1 case, 1 not as they should be.\n',
    })
    const { code, out } = await work.tulle(['policy', 'test', 'shop', '-o', 'json'])
    expect([code, JSON.parse(out)]).toMatchObject([1, { ok: false, cases: 1, failed: 1, results: [{ name: 'nobody reads', passed: false }] }])
  })

  it('ends with 2 where there is nothing to try, or nothing that can be', async () => {
    using work = workspace()
    await shop(work)
    expect(await work.tulle(['policy', 'test', 'shop'])).toMatchObject({ code: 2, err: expect.stringContaining('no-policy-cases') as string })
    work.write('shop/policies/cases/shop.yaml', CASES.replace('effect: deny', 'effect: maybe'))
    expect(await work.tulle(['policy', 'test', 'shop'])).toMatchObject({ code: 2, err: expect.stringContaining('not-one-of') as string })
    expect(await work.tulle(['policy', 'test', 'nowhere'])).toMatchObject({ code: 2 })
  })
})
