// The contract: a message is with the brokers when the door says so, and goes to no broker that nobody listed.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import type { TopicMessage } from '@tulle/workflow'
import { openTopicDoor } from './index.ts'
import { startBroker } from './testing.ts'
import type { TestBroker } from './testing.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await startBroker({ user: { name: 'tulle', password: 'open sesame' } })
  broker.put('orders', { value: Buffer.from('{}') })
})
afterAll(() => broker.stop())

const send = (more: Partial<TopicMessage> = {}, hosts: readonly string[] = [], privateHosts: readonly string[] = [broker.address]): Promise<void> => openTopicDoor({ hosts, privateHosts, clock: systemClock })({
  brokers: [broker.address], tls: false, topic: 'orders', payload: Buffer.from('{"id":7}'), headers: { 'idempotency-key': 'k1' }, sasl: { mechanism: 'PLAIN', user: 'tulle', password: 'open sesame' }, signal: AbortSignal.timeout(20_000), ...more,
})

describe('the way out to topics', () => {
  it('has a message with the brokers when it says so', async () => {
    const before = broker.records('orders').length
    await send()
    const sent = broker.records('orders')
    expect(sent).toHaveLength(before + 1)
    expect(sent.map(({ value }) => value?.toString())).toContain('{"id":7}')
  })

  it.each<[string, Partial<TopicMessage>, readonly string[], readonly string[] | undefined, string]>([
    ['that is not listed', {}, [], [], 'the operator has not listed it'],
    ['inside of a network that is listed among public ones alone', { brokers: ['localhost:9092'] }, ['localhost'], [], 'which is not a public address'],
    ['that does not know who asks', { sasl: { mechanism: 'PLAIN', user: 'tulle', password: 'planted-secret' } }, [], undefined, 'did not take the message'],
  ])('sends nothing to a broker %s, and says why without a secret', async (_case, more, hosts, privateHosts, why) => {
    const before = broker.records('orders').length
    const said = await send(more, hosts, privateHosts).then(() => 'sent', (error: unknown) => (error as Error).message)
    expect(said).toContain(why)
    expect(said).not.toContain('planted-secret')
    expect(broker.records('orders')).toHaveLength(before)
  })
})
