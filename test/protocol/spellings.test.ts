/** Keyboards and systems encode one text in different code points. Comparisons use one spelling of each text. */
import emojis from 'unicode-emoji-json/data-ordered-emoji.json' with { type: 'json' }
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { email, normalizeEmail } from '../../src/protocol/email.ts'
import { emoji } from '../../src/protocol/emoji.ts'
import { messageText, text, visibleLine } from '../../src/protocol/fields.ts'
import { emailMaxBytes } from '../../src/protocol/limits.ts'
import { givenPassword, newPassword, normalizePassword } from '../../src/protocol/passwords.ts'

const oneOf = (characters: string) => fc.constantFrom(...Array.from(characters))

/** Any text that a keyboard may send, with many characters that Unicode treats specially. */
const anyText = fc
  .array(
    fc.oneof(
      oneOf('aZ1 -éåÅ각ｱ漢'),
      oneOf('\u0301\u0323\u030a\u1100\u1161\u11a8\u212b\u1e9b\u0344\u{2f800}\u{1d160}'),
      oneOf('\n\r\t\u0085\u00a0\u2028\u3000\ufeff\u200b\u200d\u202e\u2066\ufe0f\u2800'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

const isAccepted = (schema: z.ZodType, value: string) => schema.safeParse(value).success

describe('[A1] a password', () => {
  test('[A1] is the same in every composition of its characters', () => {
    fc.assert(
      fc.property(anyText, (given) => {
        const password = normalizePassword(given)
        expect(normalizePassword(password)).toBe(password)
        fc.pre(given.isWellFormed())
        expect(normalizePassword(given.normalize('NFD'))).toBe(password)
      }),
    )
  })

  test('[A1] that is accepted has at least 8 characters and at most 72 bytes, and is not changed again', () => {
    const typed = fc.array(oneOf('aZ1 éåÅ각ｱ漢🙂\u0301\u0323\u212b\u3000'), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(typed, (characters) => {
        const given = characters.join('')
        const normalized = given.replaceAll('\u3000', ' ').normalize('NFC')
        const isGood = Array.from(normalized).length >= 8 && Buffer.byteLength(normalized) <= 72
        expect(isAccepted(newPassword, given)).toBe(isGood)
        if (!isGood) return
        const password = newPassword.parse(given)
        expect(password).toBe(normalized)
        expect(newPassword.parse(password)).toBe(password)
        expect(givenPassword.parse(given.normalize('NFD'))).toBe(password)
      }),
    )
  })

  const fits = {
    '18 characters of four bytes': '🙂'.repeat(18),
    '24 syllables, each of three letters': '각'.repeat(24).normalize('NFD'),
    '24 Greek letters, each with three marks': '\u1f82'.repeat(24).normalize('NFD'),
    'a joiner within a Persian word': 'می‌خواهم بروم',
    'a joiner after a virama': 'ක්‍රීඩාංගණය',
    'skin tones': '👍🏽👍🏿 twice',
    'old and new letters': 'ﬁne ﬂour',
  }
  test.each(Object.entries(fits))('[A1] may have %s', (_, password) => {
    expect(newPassword.parse(password)).toBe(password.normalize('NFC'))
  })

  const refused = {
    '19 characters of four bytes': '🙂'.repeat(19),
    '7 characters of many bytes': '犬猫鳥犬猫鳥犬',
    '7 characters that were 14': 'é'.repeat(7).normalize('NFD'),
    'a tab': 'long enough\t',
    'a line end': 'long enough\n',
    'a zero-width space': 'long enough\u200b',
    'a joiner between words': 'long \u200d enough',
    'a direction mark': 'long enough\u200f',
    'a variation selector': 'long enough ❤\ufe0f',
    'a code point that Unicode may yet give a meaning': 'long enough\u{378}',
    'a noncharacter': 'long enough\uffff',
    'a private character': 'long enough\ue000',
  }
  test.each(Object.entries(refused))('[A1] must not have %s', (_, password) => {
    expect(isAccepted(newPassword, password)).toBe(false)
  })

  test('[A1] of any length is compared quickly', () => {
    const long = '\u0301\u0323'.repeat(16_000)
    expect(givenPassword.parse(long)).toBe(long)
    expect(isAccepted(newPassword, long)).toBe(false)
  })
})

describe('[A1] an email address', () => {
  test('[A1] in ASCII is valid when browsers accept it', () => {
    const parts = fc.constantFrom(
      ...Array.from(`aZ9_.-+'/@@`),
      'example.org',
      'xn--p1ai',
      '-',
      '!',
      '"',
      ' ',
      '\\',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (given) => {
        const address = given.join('')
        expect(normalizeEmail(address) !== undefined).toBe(z.regexes.html5Email.test(address))
      }),
      { numRuns: 1_000 },
    )
    fc.assert(fc.property(fc.emailAddress(), (address) => isAccepted(email, address)))
  })

  test('[A1] has one spelling, which is not changed again', () => {
    const domain = fc.constantFrom(
      'пример.рф',
      'EXAMPLE.org',
      'xn--e1afmkfd.xn--p1ai',
      'bu\u0308cher.de',
    )
    fc.assert(
      fc.property(anyText, domain, (local, at) => {
        const address = normalizeEmail(`${local}@${at}`)
        if (address === undefined) return
        expect(normalizeEmail(address)).toBe(address)
        expect(normalizeEmail(`${local.normalize('NFD')}@${at.normalize('NFD')}`)).toBe(address)
        expect(address).toMatch(/@[a-z0-9.-]+$/)
      }),
    )
  })

  test.each([
    ['info@xn--e1afmkfd.xn--p1ai', 'info@xn--e1afmkfd.xn--p1ai'],
    ['info@Пример.РФ', 'info@xn--e1afmkfd.xn--p1ai'],
    ['pele\u0301@example.com', 'pel\u00e9@example.com'],
    ['почта@пример.рф', 'почта@xn--e1afmkfd.xn--p1ai'],
    ['用户@例え。jp', '用户@xn--r8jz45g.jp'],
    [' Phone@Example.ORG\n', 'Phone@example.org'],
    ['root@localhost', 'root@localhost'],
    ["o'brien+chat@mail.example.co.uk", "o'brien+chat@mail.example.co.uk"],
    ['.a..b.@example.org', '.a..b.@example.org'],
  ])('[A1] %j is stored as %j', (given, stored) => {
    expect(email.parse(given)).toBe(stored)
  })

  test.each([
    'a\u200b@example.org',
    'a\u3000b@example.org',
    'é b@example.org',
    'é\ud800@example.org',
    'a@é b.org',
    'a@é/b.org',
    'a@é:80',
    'a@１２７.１',
    'a@é%2e.org',
    'a@é..org',
    'a@\u200b.org',
    'a@\ud800.org',
    'é@é@example..org',
    `${'é'.repeat(122)}@example.org`,
    `a@${'é'.repeat(100)}.org`,
  ])('[A1] %j is not valid', (address) => {
    expect(isAccepted(email, address)).toBe(false)
  })

  test('[A1] is counted in bytes, as it is stored', () => {
    const address = `${'é'.repeat(121)}@example.org`
    expect(Buffer.byteLength(address)).toBe(emailMaxBytes)
    expect(email.parse(address.normalize('NFD'))).toBe(address)
  })
})

describe('[R1] a line to read', () => {
  const line = visibleLine(1, 20)

  test('[R1] is one line in NFC, and is not changed again', () => {
    fc.assert(
      fc.property(anyText, (given) => {
        const { data } = line.safeParse(given)
        if (data === undefined) return
        expect(line.parse(data)).toBe(data)
        expect(line.parse(given.normalize('NFD'))).toBe(data)
        expect(data).toBe(data.normalize('NFC').trim())
        expect(data).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
        expect(Array.from(data).length).toBeLessThanOrEqual(20)
      }),
    )
  })

  test.each([
    ['two\nlines', 'two lines'],
    ['two\r\n\r\nlines\n', 'two lines'],
    ['two\u2028lines\u0085three', 'two lines three'],
    ['tab\tulator \u0007\u001b[1m', 'tab ulator [1m'],
    ['\u202eturned\u202c \u2066round\u2069', 'turned round'],
    ['שלום\u200f!', 'שלום\u200f!'],
    ['Cafe\u0301', 'Café'],
    ['👩‍👩‍👧‍👦 family', '👩‍👩‍👧‍👦 family'],
    ['\u3000wide\u3000', 'wide'],
    ['Å'.repeat(20).normalize('NFD'), 'Å'.repeat(20)],
  ])('[R1] %j is read as %j', (given, read) => {
    expect(line.parse(given)).toBe(read)
  })

  test('[R1] of any length is refused quickly', () => {
    expect(isAccepted(line, '\u0301\u0323'.repeat(16_000))).toBe(false)
    expect(isAccepted(line, 'x'.repeat(21))).toBe(false)
  })
})

const nothing = {
  spaces: ' \t\n\u00a0\u2003\u3000',
  'zero-width characters': '\u200b\u2060\u200c\u200d\ufeff',
  'an empty braille pattern': '\u2800',
  'Hangul fillers': '\u3164\uffa0\u115f\u1160',
  'a direction override': '\u202e\u2066\u2069\u061c',
  'selectors and tags': '\ufe0f\ufe0e\u{e0041}\u{e0100}',
  'a soft hyphen': '\u00ad\u034f',
  controls: '\u0001\u0007\u007f\u0085',
  'annotation anchors': '\ufff9\ufffb',
  'an empty note head': '\u{1d159}',
}
test.each(Object.entries(nothing))('[M1, R1] %s alone are not visible', (_, invisible) => {
  for (const schema of [messageText, visibleLine(1, 100), text(1, 100)]) {
    expect(isAccepted(schema, invisible)).toBe(false)
    expect(isAccepted(schema, `${invisible}.`)).toBe(true)
  }
  expect(isAccepted(text(0, 100), invisible)).toBe(true)
})

test.each(['\u0301', '\u0600', '\ue000', '\u{1fa8b}', '۝', '🏽'])(
  '[M1, R1] %j alone is visible',
  (mark) => {
    expect(isAccepted(messageText, mark)).toBe(true)
    expect(isAccepted(visibleLine(1, 1), mark)).toBe(true)
  },
)

describe('[M1] the text of a message', () => {
  test.each([
    ['    if x:\n        y()', '    if x:\n        y()'],
    ['\n \n\t- item\n', '\t- item'],
    ['\r\n\u3000段落', '\u3000段落'],
    [' a ', ' a'],
    ['\ufeffa\ufeff', 'a'],
    ['\u2028  a', '  a'],
  ])('[M1] %j is kept as %j', (given, kept) => {
    expect(messageText.parse(given)).toBe(kept)
  })

  test('[M1] is not changed again, and loses nothing but white space at its ends', () => {
    fc.assert(
      fc.property(anyText, (given) => {
        const { data } = messageText.safeParse(given)
        if (data === undefined) return
        expect(messageText.parse(data)).toBe(data)
        expect(data.trim()).toBe(given.trim())
        expect(given.endsWith(data) || given.trimEnd().endsWith(data)).toBe(true)
      }),
    )
  })
})

describe('[M5] an emoji', () => {
  const selectors = /[\ufe0e\ufe0f]/g

  test('[M5] of a picker is accepted unchanged, and is the same with any selectors', () => {
    expect(emojis.length).toBeGreaterThan(1_900)
    for (const each of emojis) {
      const bare = each.replace(selectors, '')
      const parts = Array.from(bare)
      const forms = [each, bare, parts.join('\ufe0f'), `${bare}\ufe0f`, `${bare}\ufe0e`]
      for (const form of forms) expect(emoji.parse(form)).toBe(each)
    }
  })

  const firstToCome = Array.from({ length: 0x500 }, (_, n) =>
    String.fromCodePoint(0x1f900 + n),
  ).find((each) => /^[\p{Extended_Pictographic}&&\p{Unassigned}]$/v.test(each))!
  const accepted = {
    'newer than the runtime': firstToCome,
    'newer, with a skin tone': `${firstToCome}🏽`,
    'joined of what is newer': `🧑🏽‍${firstToCome}`,
    'a family in skin tones': '👨🏽‍👩🏿‍👧🏻‍👦🏽',
    'a joined pair that is not recommended yet': '🐻‍🔥',
  }
  test.each(Object.entries(accepted))('[M5] may be %s', (_, each) => {
    expect(emoji.parse(each)).toBe(each)
    expect(emoji.parse(`${each}\ufe0f`)).toBe(each)
  })

  const none =
    '1 # 1\ufe0f \u20e3 \ufe0f \u200d 👍\u200d \u200d👍 👍\u200d\u200d👍 👍👍 🇺 🇽🇽 🎉🏽 🇺🇳\u200d🇺🇳 1️⃣\u200d👍 👩‍👩‍👩‍👩‍👩 ★ a\u200d👍 \u{e0067}'
  test.each([...none.split(' '), '👍 ', `${firstToCome}${firstToCome}`])(
    '[M5] %j is not an emoji',
    (each) => {
      expect(isAccepted(emoji, each)).toBe(false)
    },
  )
})
