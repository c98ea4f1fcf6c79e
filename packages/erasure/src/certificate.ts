// What was done, signed: a JWS that anybody with the mesh's public key can check, and that names nobody.

import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { calculateJwkThumbprint, CompactSign, compactVerify, decodeProtectedHeader, exportJWK, importJWK, importPKCS8 } from 'jose'
import type { JWK } from 'jose'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'

export interface Certificates {
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>
  verify(certificate: string): Promise<Result<Readonly<Record<string, unknown>>>>
  publicKey(): Promise<JWK>
}

const ALGORITHM = 'EdDSA'
export const CERTIFICATE_TYPE = 'tulle-erasure+jws'

/** Public keys of this mesh, by their thumbprint: who restores a home without its secrets has another key, and can check what was signed before. */
export interface PublicKeys { keep(kid: string, jwk: JWK): Promise<void>; find(kid: string): Promise<JWK | undefined> }

/** The key is made at the first start, and is readable by us alone. */
export async function openCertificates(folder: string, keys: PublicKeys): Promise<Certificates> {
  const file = join(folder, 'erasure-certificates.pem')
  const pem = (): string => {
    if (!existsSync(file)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const { privateKey } = generateKeyPairSync('ed25519')
      writeFileSync(`${file}.new`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flush: true })
      renameSync(`${file}.new`, file)
    }
    return readFileSync(file, 'utf8')
  }
  pem()
  const publicKey = async (): Promise<JWK> => {
    const { d: _secret, ...jwk } = await exportJWK(createPrivateKey(pem()))
    return { ...jwk, alg: ALGORITHM, use: 'sig', kid: await calculateJwkThumbprint(jwk) }
  }
  const own = await publicKey()
  await keys.keep(own.kid ?? '', own)
  return {
    publicKey,
    async sign(claims) {
      const { kid = '' } = await publicKey()
      return new CompactSign(Buffer.from(JSON.stringify(claims), 'utf8')).setProtectedHeader({ alg: ALGORITHM, typ: CERTIFICATE_TYPE, kid }).sign(await importPKCS8(pem(), ALGORITHM))
    },
    async verify(certificate) {
      if (certificate.length > 5_000_000) return fail(messages['certificate-invalid']({ problem: 'it is too large' }))
      try {
        const { kid = '' } = decodeProtectedHeader(certificate.trim())
        // By its thumbprint alone, of those that were ours: what a certificate says of its key proves nothing.
        const key = await keys.find(kid)
        if (key === undefined) return fail(messages['certificate-invalid']({ problem: 'its signature is not by this mesh, or it was changed' }))
        const { payload, protectedHeader } = await compactVerify(certificate.trim(), await importJWK(key, ALGORITHM), { algorithms: [ALGORITHM] })
        if (protectedHeader['typ'] !== CERTIFICATE_TYPE) return fail(messages['certificate-invalid']({ problem: 'it is signed for something else' }))
        return ok(JSON.parse(Buffer.from(payload).toString('utf8')) as Readonly<Record<string, unknown>>)
      } catch {
        return fail(messages['certificate-invalid']({ problem: 'its signature is not by this mesh, or it was changed' }))
      }
    },
  }
}
