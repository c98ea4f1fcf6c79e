// A text becomes words as they are compared: small, without accents, in the singular.

/** Words of questions that say nothing of what is looked for. */
const EMPTY: ReadonlySet<string> = new Set(
  ('a an and are as at be been by can could did do does find for from give has have how i in is it its list many me much my of on or our over per please show some tell that the their them there these they this to was we were what when where which who whom whose why with would you your all any data product products dataset datasets')
    .split(' '),
)

// Letters that carry no separable accent.
const PLAIN: Readonly<Record<string, string>> = { ł: 'l', ø: 'o', đ: 'd', ß: 'ss', æ: 'ae', œ: 'oe', ı: 'i' }
const ONE_BY_ONE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u
const LONGEST_WORD = 40

/** The words of a text, in its order: `delayMinutes of_Łódź` → delay, minute, of, lodz. */
export function wordsOf(text: string): readonly string[] {
  const words: string[] = []
  for (const { folded } of piecesOf(text)) words.push(folded)
  return words
}

/** The words of a text, each with the piece of the text that it stands for. */
export function* piecesOf(text: string): Generator<{ readonly piece: string; readonly folded: string }> {
  for (const [run] of text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    for (const piece of ONE_BY_ONE.test(run) ? [...run] : run.split(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})/u)) {
      const folded = stem(fold(piece))
      if (folded !== '') yield { piece, folded: folded.slice(0, LONGEST_WORD) }
    }
  }
}

/** What is looked for: without the words of a question, unless there are no others. Each once, at most twelve. */
export function askedWords(text: string): readonly string[] {
  const every = [...new Set(wordsOf(text))]
  const telling = [...new Set([...piecesOf(text)].filter(({ piece, folded }) => !EMPTY.has(fold(piece)) && !EMPTY.has(folded)).map(({ folded }) => folded))]
  return (telling.length === 0 ? every : telling).slice(0, 12)
}

const fold = (piece: string): string =>
  /^[a-zA-Z0-9]*$/u.test(piece) ? piece.toLowerCase() : piece.normalize('NFKD').toLowerCase().replaceAll(/\p{M}/gu, '').replaceAll(/[łøđßæœı]/gu, (letter) => PLAIN[letter] ?? letter)

/** Plurals and their singular are one word. Only what is regular in English: a wrong stem would be wrong on both sides alike. */
function stem(word: string): string {
  if (word.length <= 3 || !word.endsWith('s') || /(?:ss|us|is)$/u.test(word)) return word
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`
  if (/(?:x|ch|sh|ss|z)es$/u.test(word)) return word.slice(0, -2)
  return word.slice(0, -1)
}
