// The certificate authority and the server certificate of one Tulle: made at the first start, renewed before they end.
// Keys are written with mode 0600 and never leave the folder.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { webcrypto } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { isIP } from 'node:net'
import { messages } from './messages.ts'

export interface TlsFiles {
  readonly certificate: string
  readonly key: string
  /** What clients trust: `sslrootcert` of psql, `sslrootcert` or a trust store elsewhere. */
  readonly caPath: string
}

export interface TlsOptions {
  readonly folder: string
  /** Names and addresses that clients connect to. */
  readonly hosts: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: number
}

const DAY = 86_400_000
const CA_DAYS = 3650
const SERVER_DAYS = 397
const RENEW_DAYS = 30
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Reads the certificate for `hosts`, making what is missing, too old or for other hosts. */
export async function readOrMakeTls({ folder, hosts, now }: TlsOptions): Promise<Result<TlsFiles>> {
  const path = (name: string): string => join(folder, name)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const found = await readServer(path, hosts, now)
    if (found !== undefined) return ok(found)
    // The library is needed at the first start and once a year, so nobody else waits for it; it asks for the polyfill.
    await import('reflect-metadata')
    const x509 = await import('@peculiar/x509')
    x509.cryptoProvider.set(globalThis.crypto)

    let caPem = await readText(path('ca.pem'))
    let caKeyPem = await readText(path('ca-key.pem'))
    if (caPem === undefined || caKeyPem === undefined || new x509.X509Certificate(caPem).notAfter.getTime() < now + SERVER_DAYS * DAY) {
      const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
      const ca = await x509.X509CertificateGenerator.createSelfSigned({
        name: 'CN=Tulle CA', keys, signingAlgorithm: ALGORITHM, notBefore: new Date(now - DAY), notAfter: new Date(now + CA_DAYS * DAY), serialNumber: serial(),
        extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true), await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)],
      })
      caPem = ca.toString('pem')
      caKeyPem = await keyToPem(keys.privateKey)
      await writeFile(path('ca-key.pem'), caKeyPem, 0o600)
      await writeFile(path('ca.pem'), caPem, 0o644)
    }

    const ca = new x509.X509Certificate(caPem)
    const caKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decode(caKeyPem)[0] as ArrayBuffer, ALGORITHM, false, ['sign'])
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
    const server = await x509.X509CertificateGenerator.create({
      subject: 'CN=Tulle', issuer: ca.subject, publicKey: keys.publicKey, signingKey: caKey, signingAlgorithm: ALGORITHM,
      notBefore: new Date(now - DAY), notAfter: new Date(now + SERVER_DAYS * DAY), serialNumber: serial(),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true), new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }))),
        await x509.AuthorityKeyIdentifierExtension.create(ca, false),
      ],
    })
    const certificate = server.toString('pem')
    const key = await keyToPem(keys.privateKey)
    await writeFile(path('server-key.pem'), key, 0o600)
    await writeFile(path('server.pem'), certificate, 0o644)
    return ok({ certificate, key, caPath: path('ca.pem') })
  } catch (error) {
    return fail(messages['tls-unavailable']({ folder, reason: (error as Error).message }))
  }
}

async function readServer(path: (name: string) => string, hosts: readonly string[], now: number): Promise<TlsFiles | undefined> {
  const [certificate, key, ca] = await Promise.all(['server.pem', 'server-key.pem', 'ca.pem'].map((name) => readText(path(name))))
  if (certificate === undefined || key === undefined || ca === undefined) return undefined
  const { X509Certificate, createPrivateKey } = await import('node:crypto')
  try {
    const parsed = new X509Certificate(certificate)
    const fits = parsed.verify(new X509Certificate(ca).publicKey) && parsed.checkPrivateKey(createPrivateKey(key)) && parsed.validToDate.getTime() > now + RENEW_DAYS * DAY
    const named = hosts.every((host) => (isIP(host) === 0 ? parsed.checkHost(host) : parsed.checkIP(host)) !== undefined)
    return fits && named ? { certificate, key, caPath: path('ca.pem') } : undefined
  } catch {
    return undefined
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

// A half-written key must not survive a crash: write beside, sync, rename.
async function writeFile(path: string, text: string, mode: number): Promise<void> {
  const beside = `${path}.new`
  const file = await open(beside, 'w', mode)
  try {
    await file.chmod(mode)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
}

async function keyToPem(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${bytes.replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END PRIVATE KEY-----\n`
}

const serial = (): string => Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex').padStart(32, '01')
