// One message by mail, through the operator's server. Its Message-ID is the same on every try, so that mailboxes know it again.

import type { MailServer, Message, Reason, Sent } from './types.ts'

const LONGEST_MILLISECONDS = 30_000
const SUBJECTS: Readonly<Record<Reason, (product: string) => string>> = {
  failure: (product) => `a run of ${product} failed`,
  lateness: (product) => `${product} is late`,
  incident: (product) => `an incident of ${product}`,
  quarantine: (product) => `rows of ${product} that were set aside`,
  burn: (product) => `${product} uses up its error budget`,
}

export interface MailRoom {
  readonly server: MailServer | undefined
  readonly secrets: (name: string) => string | undefined
  readonly publicUrl: string
}

export async function sendMail({ server, secrets, publicUrl }: MailRoom, { id, alert, way }: Message & { readonly way: { readonly by: 'mail' } }): Promise<Sent> {
  if (server === undefined) return { done: false, again: true, trouble: 'the operator has set no mail server (TULLE_SMTP)' }
  const pass = server.secret === undefined ? undefined : secrets(server.secret)
  if (server.user !== undefined && pass === undefined) return { done: false, again: true, trouble: `the platform holds no secret ${server.secret ?? 'SMTP_PASSWORD'}` }
  // Read by whoever sends mail, and not by every start.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    host: server.host, port: server.port, secure: server.isTls,
    // A password leaves over TLS or not at all.
    requireTLS: !server.isTls && server.user !== undefined,
    ...(server.user !== undefined && { auth: { user: server.user, pass } }),
    connectionTimeout: LONGEST_MILLISECONDS, greetingTimeout: LONGEST_MILLISECONDS, socketTimeout: LONGEST_MILLISECONDS,
    disableFileAccess: true, disableUrlAccess: true,
  })
  try {
    await transport.sendMail({
      from: server.from, to: way.to,
      messageId: `<${id}@${server.from.split('@').at(-1)?.replace(/>.*$/u, '') ?? 'tulle'}>`,
      subject: `Tulle: ${SUBJECTS[alert.reason](alert.product)}`,
      text: `${alert.sentence}\n\n${publicUrl}/${alert.runId === undefined ? `products/${alert.product}` : `runs/${alert.runId}`}\n`,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Tulle-Alert': id },
    })
    return { done: true }
  } catch (error) {
    const { code, responseCode } = error as { readonly code?: string; readonly responseCode?: number }
    // 5xx is the server's last word on this mail; everything else may pass.
    return { done: false, again: !(responseCode !== undefined && responseCode >= 500), trouble: `the mail server ${responseCode === undefined ? `cannot be used (${code ?? 'no connection'})` : `answered ${responseCode}`}` }
  } finally {
    transport.close()
  }
}
