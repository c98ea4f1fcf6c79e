// Runs one command beside a Tulle that serves the mesh of this folder. The command finds in its environment where the ports
// are, and ends it all with its own exit code. Usage: beside-tulle.ts <command> [argument…]

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { startTulle } from '@tulle/server/testing'

const [command = 'env', ...rest] = process.argv.slice(2)
await using tulle = await startTulle({ mesh: join(import.meta.dirname, 'mesh') })
const child = spawn(command, rest, {
  stdio: 'inherit',
  env: {
    ...process.env,
    PEER_PORT: String(tulle.sqlPort), PEER_URL: tulle.url, PEER_CA: join(tulle.home, 'tls/ca.pem'),
    PEER_ADA: tulle.secret('ada'), PEER_ANA: tulle.secret('ana'), PEER_BO: tulle.secret('bo'),
  },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
process.exitCode = await new Promise<number>((done) => {
  child.once('error', () => done(127))
  child.once('exit', (code) => done(code ?? 1))
})
