// A broker for tests.

export { startBroker } from './testing/broker.ts'
export type { BrokerRecord, TestBroker, TestBrokerOptions } from './testing/broker.ts'
