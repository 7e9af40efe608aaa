import { afterAll, describe, expect, test } from 'vitest'
import { pageMaxBytes } from '../../src/protocol/limits.ts'
import { type Found, foundPage } from '../../src/protocol/search.ts'
import { startTestServer } from '../support/chat-server.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { fieldOf, ok, problemOf, walk } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

let words = 0
/** Returns a word that no other test's messages have. */
const newWord = () => `zebra${++words}x`

function pathOf(q: string, more = ''): string {
  return `/api/search/?q=${encodeURIComponent(q)}${more}`
}

async function search(user: TestUser, q: string, more = ''): Promise<Found[]> {
  const page = await ok(user.get(pathOf(q, more)))
  return foundPage.strict().parse(page).results
}

async function textsFound(user: TestUser, q: string): Promise<(string | null)[]> {
  return (await search(user, q)).map(({ message }) => message)
}

/** Makes a private room of one user, with these messages. A search there finds only them. */
async function roomOf(...texts: string[]): Promise<{ user: TestUser; roomId: number }> {
  const user = await server.register()
  const { id } = await user.createRoom({ title: 'Search', kind: 'private' })
  for (const text of texts) await ok(user.send(id, text))
  return { user, roomId: id }
}

describe('[M7] a result', () => {
  test('[M7] is a message with its room, its rank and its highlights', async () => {
    const word = newWord()
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom({ title: 'Tea', kind: 'private' })
    await invite(ann, room, 'member', ben)
    const sent = await ok(ann.send(room.id, `Was the ${word.toUpperCase()} there?`))
    const reacted = await ok(ben.put(`/api/messages/${room.id}/${sent.seq}/reactions/👍/`))
    const [found, ...others] = await search(ben, word)
    expect(others).toEqual([])
    expect(found).toEqual({
      ...reacted,
      room: { id: room.id, name: room.name, title: 'Tea', kind: 'private' },
      rank: found!.rank,
      highlights: [{ start: 8, end: 8 + word.length }],
    })
    expect(found!.rank).toBeGreaterThan(0)
  })

  test("[M7] in a direct chat has the partner's name as title", async () => {
    const word = newWord()
    const [ann, ben] = [await server.register(), await server.register()]
    const { id } = await ok(ann.post('/api/direct/', { username: ben.username }))
    await ok(ann.send(id, word))
    for (const [user, other] of [
      [ann, ben],
      [ben, ann],
    ] as const) {
      expect(await search(user, word)).toMatchObject([
        { room: { id, kind: 'direct', title: other.username } },
      ])
    }
  })

  test('[A5, M7] in a direct chat has the same title as elsewhere', async () => {
    const word = newWord()
    const [ann, ben] = [await server.register(), await server.register()]
    const { id } = await ok(ann.post('/api/direct/', { username: ben.username }))
    await ok(ann.send(id, word))
    const titles = async () => [
      (await ok(ann.get(`/api/rooms/${id}/`))).title,
      ...(await search(ann, word)).map(({ room }) => room.title),
    ]
    await ok(ben.patch('/api/users/me/', { display_name: 'Benedikt' }))
    expect(await titles()).toEqual(['Benedikt', 'Benedikt'])
    await ok(ben.delete('/api/users/me/', { password: testPassword }))
    expect(await titles()).toEqual(['Deleted account', 'Deleted account'])
  })

  test('[M7] ranks more matches first, and then newer messages', async () => {
    const [one, two] = [newWord(), newWord()]
    const { user } = await roomOf(
      `${one} first`,
      `${one} and ${two}, ${one} and ${two}`,
      `${one} second`,
      `${one} third`,
    )
    expect(await textsFound(user, `${one} or ${two}`)).toEqual([
      `${one} and ${two}, ${one} and ${two}`,
      `${one} third`,
      `${one} second`,
      `${one} first`,
    ])
  })

  test('[M7] is ranked by how often its words occur, not by their distance', async () => {
    const [one, two] = [newWord(), newWord()]
    const near = `${one} ${two} and so on`
    const far = `${one} and so on, and on ${two}`
    const often = `${one} ${two}, ${one} ${two}`
    const { user } = await roomOf(near, often, far)
    const found = await search(user, `${one} ${two}`)
    expect(found.map(({ message }) => message)).toEqual([often, far, near])
    expect(found[1]!.rank).toBe(found[2]!.rank)
  })

  test('[M7] can be limited to one room', async () => {
    const word = newWord()
    const user = await server.register()
    const [here, there] = [await user.createRoom(), await user.createRoom()]
    for (const { id } of [here, there]) await ok(user.send(id, word))
    expect(await search(user, word)).toHaveLength(2)
    expect(await search(user, word, `&room_id=${here.id}`)).toMatchObject([{ room_id: here.id }])
    const none = Number.MAX_SAFE_INTEGER
    expect(problemOf(await user.get(pathOf(word, `&room_id=${none}`)))).toBe('404 not_found')
  })

  test('[M7] may be an old message, in one room and in all', async () => {
    const word = newWord()
    const user = await server.register()
    const { id } = await user.createRoom()
    await using database = await openDatabase(server)
    for (const after of [0, 5_000, 50_000]) {
      await database.execute('update rooms set last_seq = last_seq + $2 where id = $1', [id, after])
      await database.execute(
        `select setval(pg_get_serial_sequence('messages', 'id'), max(id) + $1) from messages`,
        [1 + after],
      )
      await ok(user.send(id, `${word} after ${after}`))
    }
    const expected = [50_000, 5_000, 0].map((after) => ({ message: `${word} after ${after}` }))
    expect(await search(user, word)).toMatchObject(expected)
    expect(await search(user, word, `&room_id=${id}`)).toMatchObject(expected)
  })

  test('[M7] has the present text: edited, deleted, or removed with its room', async () => {
    const [before, after] = [newWord(), newWord()]
    const { user, roomId } = await roomOf(before, `${before} too`)
    const [second, first] = await search(user, before)
    await ok(user.patch(`/api/messages/${roomId}/${first!.seq}/`, { message: after }))
    await ok(user.delete(`/api/messages/${roomId}/${second!.seq}/`))
    expect(await search(user, before)).toEqual([])
    expect(await textsFound(user, after)).toEqual([after])
    await ok(user.delete(`/api/rooms/${roomId}/`))
    expect(await search(user, after)).toEqual([])
  })

  test('[M7] by an erased user has no name', async () => {
    const word = newWord()
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    await ok(ben.send(room.id, word))
    await ok(ben.delete('/api/users/me/', { password: testPassword }))
    expect(await search(ann, word)).toMatchObject([{ message: word, username: null }])
  })
})

describe('[C7] unreadable messages', () => {
  test('[C7] are not found', async () => {
    const word = newWord()
    const [ann, ben] = [await server.register(), await server.register()]
    const open = await ann.createRoom({ title: 'Open' })
    const closed = await ann.createRoom({ title: 'Closed', kind: 'private' })
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    for (const { id } of [open, closed, direct]) await ok(ann.send(id, `${word} in ${id}`))
    const rooms = async (user: TestUser) =>
      new Set((await search(user, word)).map((f) => f.room_id))
    expect(await rooms(ann)).toEqual(new Set([open.id, closed.id, direct.id]))
    expect(await rooms(ben)).toEqual(new Set([open.id, direct.id]))
    expect(await rooms(await server.register())).toEqual(new Set([open.id]))
    await invite(ann, closed, 'member', ben)
    expect(await rooms(ben)).toEqual(new Set([open.id, closed.id, direct.id]))
    await ok(ben.post(`/api/rooms/${closed.id}/leave/`))
    expect(await rooms(ben)).toEqual(new Set([open.id, direct.id]))
  })

  test('[C7] do not push readable ones out of the 1,000 that are ranked', async () => {
    const word = newWord()
    const { user, roomId } = await roomOf(word)
    const other = await roomOf()
    await using database = await openDatabase(server)
    await database.execute(
      `insert into messages (room_id, seq, user_id, text, created_at)
       select $1, 1000 + n, $2, $3 || ' ' || n, now() from generate_series(1, 1200) n`,
      [other.roomId, other.user.id, word],
    )
    await database.execute('update rooms set last_seq = 2200 where id = $1', [other.roomId])
    expect(await search(user, word)).toMatchObject([{ room_id: roomId }])
    const all = await walk(other.user, pathOf(word, '&limit=100'))
    expect(fieldOf(all, 'id')).toHaveLength(1_000)
    expect(all[0].results[0].message).toBe(`${word} 1200`)
  })
})

describe('[M7] a query', () => {
  /** Texts, each with the queries that find it. A query must not find the other texts. */
  const languages: Record<string, [text: string, ...queries: string[]]> = {
    'without regard to case and accents': ['Café Łódź ÅNGSTRÖM', 'cafe', 'lodz ångstrom', 'CAFÉ'],
    'with sharp s and ligatures': ['Die Straße, der ﬁle, œuvre', 'strasse', 'file', 'ŒUVRE'],
    Greek: ['Ὀδυσσεὺς καὶ ΠΗΝΕΛΟΠΗΣ', 'οδυσσευς', 'Πηνελόπης', 'πηνελοπησ'],
    Cyrillic: ['Ёжик в тумане', 'ежик', 'тума'],
    Turkish: ['İstanbul ışık', 'istanbul', 'isik'],
    Hebrew: ['שָׁלוֹם עולם', 'שלום', 'עולם'],
    'Arabic, with its marks and digits': ['السَّلامُ عليكم ٢٠٢٤', 'السلام', '2024', 'عليـكم'],
    'Hindi, with joined letters': ['हिन्दी भाषा', 'हिन्दी', 'हिंदी or भाषा'],
    Chinese: ['我们明天去北京大学吃饭', '北京', '北京大学', '大学 明天', '京'],
    'Japanese, also of half width': [
      '東京タワーに行きました。',
      'タワー',
      'ﾀﾜｰ',
      '東京 行き',
      'た',
    ],
    'Japanese beside Latin letters': [
      '新しいiPhoneを買った',
      'iphone',
      'iPhoneを買った',
      '"新しい iphone"',
    ],
    Korean: ['학교에서 만나요', '학교', '만나', '교'],
    Thai: ['เราไปกินข้าวที่ร้าน', 'กินข้าว', 'ร้าน', 'ไป'],
    Khmer: ['ខ្ញុំស្រឡាញ់អ្នក', 'ស្រឡាញ់'],
    'beyond the first plane': ['𠮷野家で𠮷', '𠮷野家', '𠮷'],
    'with what stands between words': [
      'a foo_bar-baz@example.org, don’t',
      'foo-bar',
      "don't",
      'EXAMPLE.ORG',
    ],
    'Persian, from an Arabic keyboard': ['کتابی فارسی', 'كتابي', 'کتابى فارسي'],
    'Arabic, from a Persian keyboard': ['مكتبة في القاهرة', 'مکتبه', 'القاهره', 'فی', 'فى'],
    'Arabic, whatever its alef': ['أحمد إلى آخر ٱلبيت', 'احمد', 'الي', 'اخر', 'البيت', 'ٱحمد'],
    'Urdu, whatever its heh': ['یہ گھر', 'يه', 'گهر', 'یه گھر'],
    'digits of any script': ['۱۲ ٣٤ ५६ ৭৮ ๙๐', '12', '34', '56', '78', '90', '١٢', '๕๖'],
    emojis: ['nice work 🎵🎉', '🎵', '🎉', '🎵🎉', 'work 🎵', '"🎵 🎉"'],
    'an emoji, whatever its selector': ['I ❤ it ☕\ufe0f', '❤\ufe0f', '❤', '☕', '☕\ufe0e'],
    'an emoji, whatever its skin tone': ['well done 👍🏽', '👍', '👍🏽', '👍🏿'],
    'an emoji of several': ['she is a 👩🏽‍💻 in a 👨‍👩‍👧', '👩‍💻', '👩🏿‍💻', '💻', '👨‍👩‍👧'],
    'a flag, and no other of its letters': ['🇷🇺🇸🇪 1\ufe0f\u20e3', '🇸🇪', '🇷🇺 -🇺🇸', '1'],
    'a flag of a part of a country': [
      '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
      '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
    ],
    numbers: ['Order 66 of 12,5 and 3rd', '66', '"12 5"', '3rd', '3r'],
  }
  test.each(Object.entries(languages))('[M7] %s', async (_, [text, ...queries]) => {
    const { user } = await roomOf(text, 'nothing of it 無 없 ไม่ 🏴 🇺🇸')
    for (const q of queries) {
      const found = await search(user, q)
      expect([q, ...found.map(({ message }) => message)]).toEqual([q, text])
      expect([q, found[0]!.highlights.length]).not.toEqual([q, 0])
    }
  })

  const forms: Record<string, [q: string, ...found: string[]]> = {
    'all of its words': ['tea rain', 'tea in the rain', 'rain and tea', 'rain in the tea'],
    'the last word may be the beginning of one': [
      'rai',
      'tea in the rain',
      'rain and tea',
      'rain in the tea',
      'railway',
    ],
    'the words before it are whole': ['rai tea'],
    'one letter does not count as a beginning': ['r'],
    'a phrase': ['"tea in the rain"', 'tea in the rain'],
    'a phrase is of whole words': ['"tea in the rai"'],
    'a phrase that is not closed is being typed': ['"tea in the rai', 'tea in the rain'],
    'a phrase and a word': ['and "the rain" or "and tea"', 'rain and tea'],
    'without a word': ['rain -in', 'rain and tea'],
    'without a phrase': ['tea -"the rain"', 'rain and tea', 'rain in the tea'],
    'one or the other': ['railway or and', 'rain and tea', 'railway'],
    'or in capitals': ['railway OR and', 'rain and tea', 'railway'],
    'or that stands alone is a word': ['or', 'this or that'],
    'or at the beginning is a word': ['or that', 'this or that'],
    'a phrase in curly quotes': ['“in the rain”', 'tea in the rain'],
    'a phrase in low and high quotes': ['„in the rain“', 'tea in the rain'],
    'a phrase in angle quotes': ['«in the rain»', 'tea in the rain'],
    'a phrase in single angle quotes': ['›in the rain‹', 'tea in the rain'],
    'a phrase in corner brackets': ['「in the rain」', 'tea in the rain'],
    'a phrase in wide quotes': ['＂in the rain＂', 'tea in the rain'],
    'without a phrase in curly quotes': ['rain -“the rain”', 'rain and tea', 'rain in the tea'],
    'one apostrophe or two mean nothing': ['‘in the rain’', 'tea in the rain', 'rain in the tea'],
    'a minus that stands alone': ['tea - in', 'rain and tea'],
    'a minus of a minus': ['tea --and', 'rain and tea'],
    'or after a sign': ['railway, or "and tea"', 'rain and tea', 'railway'],
    'or after or is a word': ['railway or or that', 'railway', 'this or that'],
    'or without something after it is a word': ['this or.', 'this or that'],
    'or before a sign instead of a word': ['railway or .', 'railway'],
    'or at the end is a word': ['this or', 'this or that'],
    'or with only a word to leave out is left out': ['railway or -tea', 'railway'],
    'signs mean nothing': ["rain & | ! ( ) <-> :* ' \\ * in", 'tea in the rain', 'rain in the tea'],
    'a lone quote means nothing': ['railway "', 'railway'],
    'a word in quotes is whole': ['"rai"'],
    'the syntax of the database has no meaning': ["rai:* | tea'"],
  }
  test('[M7] of each form finds what it means', async () => {
    const texts = ['tea in the rain', 'rain and tea', 'rain in the tea', 'railway', 'this or that']
    const { user } = await roomOf(...texts)
    for (const [name, [q, ...expected]] of Object.entries(forms)) {
      const found = await textsFound(user, q)
      expect([name, ...found.toSorted()]).toEqual([name, ...expected.toSorted()])
    }
  })

  const refused: Record<string, string> = {
    nothing: '',
    'white space': ' \t\u3000',
    signs: '!?.,;',
    'a lone quote': '"',
    'two quotes': '""',
    'a minus': '-',
    'only what to leave out': '-tea',
    'only what to leave out, in alternatives': '-tea or -"in the rain"',
    'quotes of other languages': '“” «» „“ 「」',
    'a skin tone that stands alone': '🏽',
    'marks that stand alone': '\u0301\u0301',
    'the operators of the database': '& | ! <-> :*',
    '257 characters': 'x'.repeat(257),
    '257 characters of four bytes': '𠮷'.repeat(257),
    'a NUL': 'tea\0',
  }
  test.each(Object.entries(refused))('[M7] of %s is refused', async (_, q) => {
    const { user } = await roomOf()
    const answer = await user.get(pathOf(q))
    expect(problemOf(answer)).toBe('400 bad_request')
    expect(answer.body.errors[0].field).toBe('q')
  })

  test('[M7] that is missing is refused', async () => {
    const { user } = await roomOf()
    expect(problemOf(await user.get('/api/search/'))).toBe('400 bad_request')
  })

  const accepted: Record<string, string> = {
    '256 characters of four bytes': '𠮷'.repeat(256),
    '256 emojis': '😀'.repeat(256),
    '128 words': 'a '.repeat(128).trim(),
    '52 alternatives': `${'a or '.repeat(51)}b`,
    '128 phrases': '"a"'.repeat(85),
    'nothing but minuses and a word': `${'-a '.repeat(84)}b`,
    SQL: `tea'); drop table messages; --`,
    'a tsquery': `'tea' & !'rain' | ('a' <-> 'b':*)`,
    'a backslash': String.raw`tea\ \' \\`,
    'a pattern': '%tea_%',
    'half a character': 'tea \ud800',
    'control characters': '\u0001\u0002tea\u007f',
    'what stands for many characters': 'ﷺ'.repeat(256),
  }
  test.each(Object.entries(accepted))('[M7] of %s finds nothing', async (_, q) => {
    const { user, roomId } = await roomOf('about something else')
    const answer = await user.get(pathOf(q.toWellFormed(), `&room_id=${roomId}`))
    expect(answer).toMatchObject({ status: 200, body: { results: [], next: null, previous: null } })
  })

  test('[M7] finds the first 1,000 words of a message, and nothing after them', async () => {
    const [early, late] = [newWord(), newWord()]
    const words = `${'a '.repeat(998)}${early} b ${late}`
    const unspaced = `${'漢'.repeat(998)}早上晚上`
    const { user } = await roomOf(words, unspaced)
    expect(await textsFound(user, early)).toEqual([words])
    expect(await textsFound(user, `"${early} b"`)).toEqual([words])
    expect(await textsFound(user, late)).toEqual([])
    const [found] = await search(user, '早上')
    expect(found).toMatchObject({ message: unspaced, highlights: [{ start: 998, end: 1_000 }] })
    expect(await textsFound(user, '晚')).toEqual([])
  })

  test('[M7] of a long word finds it by its beginning', async () => {
    const word = `${newWord()}${'y'.repeat(3_900)}`
    const { user } = await roomOf(
      word,
      `${'x'.repeat(70)}a`,
      '漢'.repeat(4_000),
      '😀'.repeat(4_000),
    )
    expect(await textsFound(user, word.slice(0, 256))).toEqual([word])
    expect(await textsFound(user, '漢'.repeat(256))).toEqual(['漢'.repeat(4_000)])
  })
})

describe('[M7] highlights', () => {
  const cases: [text: string, q: string, ...marked: string[]][] = [
    ['Tea and TEA, teapot', 'tea', 'Tea', 'TEA', 'teapot'],
    ['Tea and TEA, teapot', '"tea"', 'Tea', 'TEA'],
    ['tea in the rain, in rain', '"the rain" in', 'in', 'the rain', 'in'],
    ['tea, not coffee', 'tea -milk', 'tea'],
    ['café cafe\u0301 CAFÉ', 'cafe', 'café', 'cafe\u0301', 'CAFÉ'],
    ['我们明天去北京大学', '北京 大学', '北京大学'],
    ['👩‍👩‍👧‍👦 family <b>tea</b> &amp;', 'tea', 'tea'],
    ['ไปกินข้าวกัน', 'กินข้าว', 'กินข้าว'],
    ['Ein ﬁnaler Test', 'fin', 'ﬁnaler'],
    ['tea in tea in the rain', '"tea in the" or "in the rain" or in', 'in', 'tea in the rain'],
    ['a b a b c', '"a b c" or "b a"', 'b a b c'],
    ['the rai, the rain, the railway', '"the rai', 'the rai', 'the rain', 'the railway'],
    ['👍🏽👍 well 👩🏽‍💻', '👍 or 💻', '👍🏽👍', '👩🏽‍💻'],
    ['🇷🇺🇸🇪', '🇸🇪', '🇸🇪'],
    ['كتابي و کتابی', 'كتابي', 'كتابي', 'کتابی'],
  ]
  test.each(cases)('[M7] in “%s” of “%s”', async (text, q, ...marked) => {
    const { user } = await roomOf(text)
    const [found] = await search(user, q)
    const { highlights } = found!
    expect(highlights.map(({ start, end }) => text.slice(start, end))).toEqual(marked)
  })

  test('[M7] are at most 100', async () => {
    const { user } = await roomOf('tea '.repeat(999).trim())
    expect((await search(user, 'tea'))[0]!.highlights).toHaveLength(100)
  })
})

describe('[C4] pages of results', () => {
  test('[C4] go forward and back, none missing or twice while more is sent', async () => {
    const word = newWord()
    const texts = Array.from({ length: 23 }, (_, i) => `${`${word} `.repeat(1 + (i % 3))}${i}`)
    const { user, roomId } = await roomOf(...texts)
    const more = () => ok(user.send(roomId, `${word} later`))
    const forth = await walk(user, pathOf(word, `&limit=5&room_id=${roomId}`), 'next', more)
    for (const page of forth) foundPage.parse(page)
    const seen = fieldOf(forth, 'message').filter((text) => !String(text).endsWith('later'))
    expect(seen.toSorted()).toEqual(texts.toSorted())
    expect(new Set(fieldOf(forth, 'id')).size).toBe(fieldOf(forth, 'id').length)
    const ranks = fieldOf(forth, 'rank')
    expect(ranks).toEqual(ranks.toSorted((a, b) => Number(b) - Number(a)))
    const back = await walk(user, forth.at(-1).previous, 'previous')
    const known = fieldOf(forth.slice(0, -1), 'id')
    const again = fieldOf(back.toReversed(), 'id')
    expect(again.filter((id) => known.includes(id))).toEqual(known)
    expect(new Set(again).size).toBe(again.length)
  })

  test('[C4] end early at 256 KB: messages of 4,000 four-byte characters', async () => {
    const word = newWord()
    const text = `${word} ${'😀'.repeat(3_980)}`
    const { user } = await roomOf(...Array.from({ length: 40 }, () => text))
    const pages = await walk(user, pathOf(word, '&limit=100'))
    expect(pages.length).toBeGreaterThan(1)
    for (const { results } of pages) {
      expect(Buffer.byteLength(JSON.stringify(results))).toBeLessThanOrEqual(pageMaxBytes + 1_024)
    }
    const ids = fieldOf(pages, 'id')
    expect(new Set(ids).size).toBe(40)
    expect(ids).toHaveLength(40)
  })

  test.each(['x', '', 'a1', 'a1-', 'a-1', 'a1-2-3', 'c1-2', 'a1-9007199254740992', 'a1-1%00'])(
    '[C4] refuse the cursor “%s”',
    async (cursor) => {
      const { user } = await roomOf()
      const answer = await user.get(pathOf('tea', `&cursor=${cursor}`))
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('cursor')
    },
  )
})
