import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '@tulle/kernel'
import { readAlertSettings } from './alert-settings.ts'

const read = (environment: NodeJS.ProcessEnv) => {
  const diagnostics: Diagnostic[] = []
  return { settings: readAlertSettings(environment, diagnostics), diagnostics }
}
const FROM = { TULLE_MAIL_FROM: 'tulle@example.com' }

describe('the settings of alerts', () => {
  it('are nothing unless they are set', () => {
    expect(read({})).toEqual({ settings: { alertHosts: [], webhookHosts: [] }, diagnostics: [] })
  })

  it.each([
    ['smtp://mailer@smtp.example.com', { host: 'smtp.example.com', port: 587, isTls: false, user: 'mailer', secret: 'SMTP_PASSWORD', from: 'tulle@example.com' }],
    ['smtps://smtp.example.com:2465', { host: 'smtp.example.com', port: 2465, isTls: true, from: 'tulle@example.com' }],
  ])('%s is a mail server', (address, mail) => {
    expect(read({ TULLE_SMTP: address, ...FROM })).toEqual({ settings: { alertHosts: [], webhookHosts: [], mail }, diagnostics: [] })
  })

  it.each([
    [{ TULLE_SMTP: 'smtp.example.com', ...FROM }, 'TULLE_SMTP'], [{ TULLE_SMTP: 'http://example.com', ...FROM }, 'TULLE_SMTP'], [{ TULLE_SMTP: 'smtp://example.com' }, 'TULLE_MAIL_FROM'], [{ TULLE_ALERT_HOSTS: 'a b' }, 'TULLE_ALERT_HOSTS'],
  ])('%j is refused by name', (environment, name) => {
    expect(read(environment).diagnostics[0]?.message).toContain(name)
  })

  it('take no password in an address, and repeat none', () => {
    const [found] = read({ TULLE_SMTP: 'smtp://mailer:planted@smtp.example.com', ...FROM }).diagnostics
    expect(found?.code).toBe('bad-setting')
    expect(JSON.stringify(found)).not.toContain('planted')
  })
})
