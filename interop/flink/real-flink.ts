// A real Apache Flink: one that keeps jobs, one that does their work, and the SQL gateway, on ports and in a folder of their own.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@tulle/server/testing'

export interface RealFlink {
  /** Of the SQL gateway. */
  readonly gateway: string
  /** Jobs as Flink's own page lists them. */
  jobs(): Promise<readonly { readonly jid: string; readonly name: string; readonly state: string }[]>
  cancel(id: string): Promise<void>
  /** What went wrong with a job, in Flink's words. */
  exceptions(id: string): Promise<string>
  stop(): Promise<void>
}

const QUICK = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'] as const
const OPENED = ['java.lang', 'java.net', 'java.io', 'java.nio', 'sun.nio.ch', 'java.lang.reflect', 'java.text', 'java.time', 'java.util', 'java.util.concurrent', 'java.util.concurrent.atomic', 'java.util.concurrent.locks'].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`)

export async function realFlink({ java, jars, folder }: { readonly java: string; readonly jars: string; readonly folder: string }): Promise<RealFlink> {
  const [rpc, rest, gateway] = [await freePort(), await freePort(), await freePort()]
  mkdirSync(join(folder, 'plugins'), { recursive: true })
  writeFileSync(join(folder, 'config.yaml'), Object.entries({
    'jobmanager.rpc.address': '127.0.0.1', 'jobmanager.bind-host': '127.0.0.1', 'jobmanager.rpc.port': rpc, 'rest.address': '127.0.0.1', 'rest.bind-address': '127.0.0.1', 'rest.port': rest,
    'taskmanager.host': '127.0.0.1', 'taskmanager.bind-host': '127.0.0.1', 'taskmanager.numberOfTaskSlots': 8, 'jobmanager.memory.process.size': '1g', 'parallelism.default': 1,
    // Of all parts, so that Flink works out none by the machine's memory.
    'taskmanager.memory.managed.size': '128m', 'taskmanager.memory.network.min': '64m', 'taskmanager.memory.network.max': '64m',
    'taskmanager.cpu.cores': 1, 'taskmanager.memory.task.heap.size': '256m', 'taskmanager.memory.task.off-heap.size': '0', 'taskmanager.memory.framework.heap.size': '128m', 'taskmanager.memory.framework.off-heap.size': '64m', 'taskmanager.memory.jvm-metaspace.size': '192m', 'taskmanager.memory.jvm-overhead.min': '64m', 'taskmanager.memory.jvm-overhead.max': '64m',
    'execution.checkpointing.interval': '1s', 'execution.checkpointing.dir': `file://${folder}/checkpoints`, 'execution.checkpointing.savepoint-dir': `file://${folder}/savepoints`,
    'sql-gateway.endpoint.rest.address': '127.0.0.1', 'sql-gateway.endpoint.rest.port': gateway,
  }).map(([name, value]) => `${name}: ${value}\n`).join(''))
  writeFileSync(join(folder, 'log4j.properties'), 'rootLogger.level = WARN\nrootLogger.appenderRef.out.ref = Out\nappender.out.name = Out\nappender.out.type = CONSOLE\nappender.out.layout.type = PatternLayout\nappender.out.layout.pattern = %d %p %c - %m%n\n')
  const processes: ChildProcess[] = []
  const start = (name: string, memory: string, main: string, ...rest: readonly string[]): void => {
    const log = openSync(join(folder, `${name}.log`), 'a')
    processes.push(spawn(java, [`-Xmx${memory}`, ...QUICK, ...OPENED, `-Dlog4j.configurationFile=${join(folder, 'log4j.properties')}`, '-cp', join(jars, '*'), main, ...rest], { stdio: ['ignore', log, log], env: { ...process.env, FLINK_CONF_DIR: folder, FLINK_LIB_DIR: jars, FLINK_OPT_DIR: folder, FLINK_PLUGINS_DIR: join(folder, 'plugins') } }))
  }
  const ask = async (path: string, options: RequestInit = {}): Promise<unknown> => (await fetch(`http://127.0.0.1:${rest}${path}`, options)).json()
  const ready = async (what: string, is: () => Promise<boolean>): Promise<void> => {
    for (let i = 0; i < 600; i += 1) {
      if (await is().catch(() => false)) return
      await sleep(200)
    }
    throw new Error(`Flink's ${what} did not start:\n${readFileSync(join(folder, `${what}.log`), 'utf8').slice(-2_000)}`)
  }
  start('jobs', '400m', 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint', '--configDir', folder)
  await ready('jobs', async () => ((await ask('/overview')) as { readonly taskmanagers?: number }).taskmanagers !== undefined)
  start('work', '600m', 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner', '--configDir', folder)
  start('gateway', '500m', 'org.apache.flink.table.gateway.SqlGateway')
  await ready('work', async () => ((await ask('/overview')) as { readonly taskmanagers: number }).taskmanagers > 0)
  await ready('gateway', async () => (await fetch(`http://127.0.0.1:${gateway}/v2/info`)).ok)
  return {
    gateway: `http://127.0.0.1:${gateway}`,
    jobs: async () => ((await ask('/jobs/overview')) as { readonly jobs: readonly { readonly jid: string; readonly name: string; readonly state: string }[] }).jobs,
    cancel: async (id) => void (await ask(`/jobs/${id}?mode=cancel`, { method: 'PATCH' })),
    exceptions: async (id) => JSON.stringify(await ask(`/jobs/${id}/exceptions`)).slice(0, 4_000),
    async stop() {
      await Promise.all(processes.map(async (one) => {
        if (one.exitCode !== null || one.signalCode !== null) return
        const exited = new Promise((done) => one.once('exit', done))
        one.kill('SIGKILL')
        await exited
      }))
    },
  }
}
