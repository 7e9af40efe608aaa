import * as fc from 'fast-check'
import emojis from 'unicode-emoji-json/data-ordered-emoji.json' with { type: 'json' }
import { expect, test } from 'vitest'
import { isEmojisAlone } from '../../web/app/markdown/emojis-alone.ts'
import { lex } from '../../web/app/markdown/lexer.ts'
import { isPlain } from '../../web/app/markdown/parse.ts'

test('the parser would leave as it is each text that it is not asked for', () => {
  const pieces =
    'a Bo hello 1 1. 2) - + # = == --- . , : / :// http https://x.org www. www.x.org ftp://a.b mailto:a@b.org ' +
    'a@b.org @ana \u2028 \u2029 ( ) " \' ! ? | :-- é 日本 🙂 $ % ^ { } ; [x] [x](y) * ** _ ~~ ` < > \\\\ & &amp; HTTP:'
  const text = fc
    .array(fc.constantFrom(' ', '  ', '\t', '\n', ...pieces.split(' ')), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => parts.join(''))
  const said: string[] = []
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ minLength: 1 })), (written) => {
      if (!isPlain(written)) return
      said.push(written)
      const plain = { type: 'paragraph', tokens: [{ type: 'text', text: written }] }
      expect([...lex(written)]).toMatchObject([plain])
    }),
    { numRuns: 3_000 },
  )
  expect(said.length).toBeGreaterThan(300)
  expect(isPlain('Shall we meet at 10? I am in room 4, with @ana: "soon"!')).toBe(true)
})

test('one to three emojis are shown large, and nothing else', () => {
  for (const emoji of emojis) {
    const alone = [emoji, emoji + emoji, ` ${emoji} ${emoji}\n${emoji}`]
    const among = [`${emoji}a`, `7${emoji}`, `${emoji}.`, emoji.repeat(4), '']
    expect(alone.filter(isEmojisAlone)).toEqual(alone.filter(({ length }) => length <= 40))
    expect(among.filter(isEmojisAlone)).toEqual([])
  }
  const joinedWithoutSelectors = ['🧔‍♂', '😶‍🌫']
  expect(joinedWithoutSelectors.filter(isEmojisAlone)).toEqual(joinedWithoutSelectors)
  const texts = [
    '',
    ' ',
    '1',
    '42',
    '#',
    '*',
    '1\ufe0f',
    'ok',
    '©',
    '™',
    '☺',
    '🇩',
    '\u200d',
    '😀\u200d',
  ]
  expect(texts.filter(isEmojisAlone)).toEqual([])
})
