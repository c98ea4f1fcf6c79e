// A real Apache Kafka of one node, on ports of its own, in a folder of its own. It can be killed and started again on the same data.

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { openSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface RealBroker {
  readonly address: string
  kill(): Promise<void>
  start(): Promise<void>
}

/** It lives for minutes: what makes a process ready soon is better than what makes it fast. */
const QUICK = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'] as const

export async function realBroker({ java, jars, folder }: { readonly java: string; readonly jars: string; readonly folder: string }): Promise<RealBroker> {
  const port = await portToKeep()
  const controller = await portToKeep(port + 1)
  mkdirSync(folder, { recursive: true })
  const settings = join(folder, 'server.properties')
  writeFileSync(settings, [
    'process.roles=broker,controller', 'node.id=1', `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`, `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=CONTROLLER', 'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT', 'inter.broker.listener.name=PLAINTEXT',
    `log.dirs=${join(folder, 'data')}`, 'offsets.topic.replication.factor=1', 'transaction.state.log.replication.factor=1', 'transaction.state.log.min.isr=1', 'auto.create.topics.enable=false', 'num.partitions=3', '',
  ].join('\n'))
  const classes = ['-cp', join(jars, '*')]
  const tool = (...args: readonly string[]): string => spawnSync(java, [...classes, 'kafka.tools.StorageTool', ...args], { encoding: 'utf8' }).stdout.trim().split('\n').at(-1) ?? ''
  tool('format', '-t', tool('random-uuid'), '-c', settings)
  let process: ChildProcess | undefined
  const answers = (): Promise<boolean> => new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => { socket.destroy(); resolve(true) }).once('error', () => resolve(false))
  })
  const broker: RealBroker = {
    address: `127.0.0.1:${port}`,
    async start() {
      const log = openSync(join(folder, 'kafka.log'), 'a')
      for (let i = 0; i < 600 && !(await answers()); i += 1) {
        // It gives up where it finds its own lock or a port still held by who was killed.
        if (process === undefined || process.exitCode !== null || process.signalCode !== null) process = spawn(java, ['-Xmx384m', ...QUICK, ...classes, 'kafka.Kafka', settings], { stdio: ['ignore', log, log] })
        await sleep(200)
      }
      if (!(await answers())) throw new Error(`Kafka did not start:\n${readFileSync(join(folder, 'kafka.log'), 'utf8').slice(-2_000)}`)
    },
    async kill() {
      const gone = process
      if (gone === undefined || gone.exitCode !== null || gone.signalCode !== null) return
      const exited = new Promise((done) => gone.once('exit', done))
      gone.kill('SIGKILL')
      await exited
    },
  }
  await broker.start()
  return broker
}

/** A free port that nobody is given for a connection of his own while the broker is away: systems take those from 32768 on. */
async function portToKeep(from = 20_000 + Math.floor(Math.random() * 12_000)): Promise<number> {
  for (let port = from; ; port += 1) {
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)))
    if (!free) continue
    await new Promise((done) => probe.close(done))
    return port
  }
}
