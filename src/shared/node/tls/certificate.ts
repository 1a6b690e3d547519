import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import { basename } from 'node:path'
import type { TlsOptions } from 'node:tls'
import { AppError } from '../../index.ts'

const HANDSHAKE_MS = 10_000
/** A certificate that ends sooner is told about. */
const WARN_DAYS = 14

/** PEM files: the server's own certificate first, then its chain; the key without a password. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** A certificate that may be served now. */
export interface Certificate {
  readonly certPem: string
  readonly keyPem: string
  /** DNS names and addresses it is good for, without those with a wildcard. */
  readonly names: readonly string[]
  readonly notAfterMs: number
}

/**
 * Reads and judges both files. Throws TLS_FILE_UNREADABLE, TLS_CERT_INVALID, TLS_KEY_INVALID, TLS_KEY_MISMATCH,
 * TLS_CERT_EXPIRED, TLS_CERT_NOT_YET.
 */
export async function readCertificate(files: TlsFiles, nowMs: number): Promise<Certificate> {
  const certPem = await readText(files.certFile)
  const keyPem = await readText(files.keyFile)
  const certificate = parseCertificate(certPem, files.certFile)
  const key = parseKey(keyPem, files.keyFile)
  if (!certificate.checkPrivateKey(key)) throw new AppError('TLS_KEY_MISMATCH', about(files.keyFile))
  const notBeforeMs = Date.parse(certificate.validFrom)
  const notAfterMs = Date.parse(certificate.validTo)
  if (nowMs > notAfterMs) throw new AppError('TLS_CERT_EXPIRED', { data: { date: dayOf(notAfterMs) } })
  if (nowMs < notBeforeMs) throw new AppError('TLS_CERT_NOT_YET', { data: { date: dayOf(notBeforeMs) } })
  return { certPem, keyPem, names: namesOf(certificate.subjectAltName ?? ''), notAfterMs }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new AppError('TLS_FILE_UNREADABLE', { ...about(file), cause: error })
  }
}

/** What a server is made with. */
export function tlsOptions({ certPem, keyPem }: Certificate): TlsOptions {
  return { cert: certPem, key: keyPem, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS }
}

/** From the next handshake on; open connections keep the certificate they began with. */
export function replaceCertificate(server: Server, certificate: Certificate): void {
  if (!(server instanceof TlsServer)) throw new AppError('INTERNAL', { message: 'a plain server has no certificate' })
  server.setSecureContext(tlsOptions(certificate))
}

/** Whole days until it ends, when they are few enough to warn of; else undefined. */
export function fewDaysLeft({ notAfterMs }: Certificate, nowMs: number): number | undefined {
  const daysLeft = Math.floor((notAfterMs - nowMs) / 86_400_000)
  return daysLeft < WARN_DAYS ? daysLeft : undefined
}

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new AppError('TLS_CERT_INVALID', { ...about(file), cause: error })
  }
}

function parseKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    // Its cause could tell bytes of the key.
    throw new AppError('TLS_KEY_INVALID', about(file))
  }
}

/** `DNS:gpu.example, IP Address:192.0.2.7` */
function namesOf(subjectAltName: string): readonly string[] {
  return [...subjectAltName.matchAll(/(?:DNS|IP Address):"?([^",\s]+)/g)]
    .map((match) => match[1] ?? '')
    .filter((name) => !name.includes('*'))
    .map((name) => (name.includes(':') ? `[${name.toLowerCase()}]` : name.toLowerCase()))
}

function about(file: string): { readonly data: { readonly file: string } } {
  return { data: { file: basename(file) } }
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}
