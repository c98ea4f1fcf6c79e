// The engine's own parser in a process that reads no data, started when it is asked the first time.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine, EngineProcess } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import type { Tree } from '@tulle/sql'

export class SqlParser implements AsyncDisposable {
  #folder: string | undefined
  #engine: Engine | undefined
  #process: Promise<Result<EngineProcess>> | undefined

  async parse(sql: string): Promise<Result<Tree>> {
    this.#process ??= this.#start()
    const started = await this.#process
    return started.ok ? started.value.parse(sql) : started
  }

  async #start(): Promise<Result<EngineProcess>> {
    const { duckdbEngine } = await import('@tulle/engine')
    this.#folder = await mkdtemp(join(tmpdir(), 'tulle-parse-'))
    this.#engine = duckdbEngine({ folder: this.#folder, isolation: 'process' })
    return this.#engine.start({ readPaths: [], writePaths: [], memoryMegabytes: 256, threads: 1 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.close()
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true })
  }
}
