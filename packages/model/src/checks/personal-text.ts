// Whether a text looks like something of a real person. Check digits are reckoned, and what is reserved for examples passes.

const RESERVED = /@([a-z0-9-]+\.)*(example\.(com|org|net)|[a-z0-9-]+\.(example|test|invalid)|example|test|invalid|localhost)$/iu

/** What it looks like: `an e-mail address`; undefined: like nothing of the kind. */
export function findPersonalText(text: string): string | undefined {
  const plain = text.trim().slice(0, 200)
  if (/^[^\s@]{1,64}@[a-z0-9.-]{1,180}\.[a-z]{2,}$/iu.test(plain)) return RESERVED.test(plain) ? undefined : 'an e-mail address'
  if (/^\d{3}-\d{2}-\d{4}$/u.test(plain)) return /^(000|666|9)/u.test(plain) ? undefined : 'a social security number'
  const bare = plain.replaceAll(/[\s-]/gu, '')
  if (/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/u.test(bare) && isIban(bare)) return 'an IBAN'
  if (/^\d{13,19}$/u.test(bare) && isCardNumber(bare)) return 'a card number'
  // 555-01xx and the like are kept for films and examples.
  if (/^\+\d{8,15}$/u.test(plain.replaceAll(/[\s().-]/gu, ''))) return /555/u.test(bare) ? undefined : 'a telephone number'
  return undefined
}

function isIban(text: string): boolean {
  const digits = [...`${text.slice(4)}${text.slice(0, 4)}`].map((char) => String(Number.parseInt(char, 36))).join('')
  return [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1
}

function isCardNumber(text: string): boolean {
  const sum = [...text].toReversed().reduce((total, char, i) => {
    const digit = Number(char) * (i % 2 === 0 ? 1 : 2)
    return total + (digit > 9 ? digit - 9 : digit)
  }, 0)
  return sum % 10 === 0 && new Set(text).size > 2
}
