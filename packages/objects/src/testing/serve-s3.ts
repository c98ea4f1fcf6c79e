// The small S3 of the tests as a process of its own, for tests that wait for children and answer nobody meanwhile. Prints
// the environment that leads to it as one line of JSON, and ends with its input. Usage: serve-s3.ts [--ignores-conditions]

import { startS3Server } from './s3-server.ts'

const server = await startS3Server({ ignoresConditions: process.argv.includes('--ignores-conditions') })
process.stdout.write(`${JSON.stringify({
  TULLE_WAREHOUSE: `s3://${server.bucket}/mesh/warehouse`, TULLE_S3_ENDPOINT: server.endpoint, TULLE_S3_REGION: server.region, TULLE_S3_STYLE: 'path',
  AWS_ACCESS_KEY_ID: server.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
})}\n`)
process.stdin.resume().on('end', () => process.exit(0))
