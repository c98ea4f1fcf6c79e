// Reads how alerts and consumers' webhooks leave: which hosts they may go to besides public ones, and the server for mail.

import type { MailServer } from '@tulle/alerts'
import type { Diagnostic } from '@tulle/kernel'
import { isNetworkEntry } from '@tulle/sources'
import { messages } from './messages.ts'

export interface AlertSettings { readonly alertHosts: readonly string[]; readonly webhookHosts: readonly string[]; readonly mail?: MailServer }

/** Where the password of the mail server is found: TULLE_SECRET_SMTP_PASSWORD. */
const PASSWORD = 'SMTP_PASSWORD'

export function readAlertSettings(environment: NodeJS.ProcessEnv, diagnostics: Diagnostic[]): AlertSettings {
  const hostsOf = (name: string): readonly string[] => {
    const hosts = (environment[name] ?? '').split(',').map((one) => one.trim()).filter((one) => one !== '')
    for (const host of hosts) if (!isNetworkEntry(host)) diagnostics.push(messages['bad-setting']({ name, value: host, want: 'hosts, addresses or ranges such as chat.internal, 10.1.2.3:8080 or 10.0.0.0/8, with commas between' }))
    return hosts
  }
  const [alertHosts, webhookHosts] = [hostsOf('TULLE_ALERT_HOSTS'), hostsOf('TULLE_WEBHOOK_HOSTS')]
  const mail = readMailServer(environment, diagnostics)
  return { alertHosts, webhookHosts, ...(mail !== undefined && { mail }) }
}

function readMailServer(environment: NodeJS.ProcessEnv, diagnostics: Diagnostic[]): MailServer | undefined {
  const { TULLE_SMTP: address, TULLE_MAIL_FROM: from } = environment
  if (!address) return undefined
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.password) {
    diagnostics.push(messages['bad-setting']({ name: 'TULLE_SMTP', value: 'an address with a password in it', want: `smtp://user@host:587 or smtps://user@host:465, its password being TULLE_SECRET_${PASSWORD}` }))
    return undefined
  }
  if (url === undefined || !/^smtps?:$/u.test(url.protocol) || url.hostname === '') {
    diagnostics.push(messages['bad-setting']({ name: 'TULLE_SMTP', value: address, want: 'smtp://user@host:587 or smtps://user@host:465' }))
    return undefined
  }
  if (!from || !/^[^\r\n]*@[^\s@]+$/u.test(from)) {
    diagnostics.push(messages['bad-setting']({ name: 'TULLE_MAIL_FROM', value: from ?? '', want: 'the address that mail comes from, such as tulle@example.com' }))
    return undefined
  }
  const isTls = url.protocol === 'smtps:'
  return {
    host: url.hostname, port: url.port === '' ? (isTls ? 465 : 587) : Number(url.port), isTls, from,
    ...(url.username !== '' && { user: decodeURIComponent(url.username), secret: PASSWORD }),
  }
}
