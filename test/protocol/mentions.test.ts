import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { usernamePattern, mentionsMax } from '../../src/protocol/limits.ts'
import { findMentions } from '../../src/protocol/mentions.ts'

describe(findMentions, () => {
  test.each([
    ['@ana', ['ana']],
    ['@Ana, @BO_2 and @ana again', ['ana', 'bo_2']],
    ['(@ana) "@bo" -@cy ...@di\n@ed', ['ana', 'bo', 'cy', 'di', 'ed']],
    ['ask @ana.', ['ana']],
    ["@ana's and @bo-like", ['ana', 'bo']],
    ['@ana: hello! @bo? @cy!', ['ana', 'bo', 'cy']],
    ['**@ana** _see_ <@bo>', ['ana', 'bo']],
    [`@${'a'.repeat(32)}`, ['a'.repeat(32)]],
    ['@ana/@bo', ['ana', 'bo']],
    ['@ana/@bo/@cy: please look', ['ana', 'bo', 'cy']],
    ['@ana/me and @bo/@', ['ana', 'bo']],
  ])('[N1] finds the names in %j', (text, names) => {
    expect(findMentions(text)).toEqual(names)
  })

  test.each([
    'joe@ana.example',
    'joe.b+tag@ana.example',
    'josé@ana.example',
    'почта@ana.example',
    '用户@ana.example',
    '@ana@chat.example',
    '@@ana',
    'x@ana',
    'x_@ana',
    '1@ana',
    'e\u0301@ana',
    'https://chat.example/@ana',
    '@ ana',
    '@anaïs',
    '@ana\u0301',
    `@${'a'.repeat(33)}`,
    'https://chat.example/@ana/@bo',
    '/@ana/@bo',
    '@',
    '',
  ])('[N1] finds none in %j', (text) => {
    expect(findMentions(text)).toEqual([])
  })

  test.each([
    ['你好@ana你好', ['ana']],
    ['これは@anaさん', ['ana']],
    ['สวัสดี@ana', ['ana']],
    ['@ana에게', ['ana']],
    ['@ana،', ['ana']],
    ['❤️@ana', ['ana']],
    ['👍🏽@ana👍🏽', ['ana']],
    ['\u200f@ana\u200f', ['ana']],
    ['привет, @ana', ['ana']],
    ['＠ana', ['ana']],
    ['﹫ana', ['ana']],
    ['＠ａｎａ＿２ 見てください', ['ana_2']],
    ['担当は＠anaです', ['ana']],
    ['＠ana/＠bo', ['ana', 'bo']],
  ])('[N1] finds the names in %j, whatever is written around them', (text, names) => {
    expect(findMentions(text)).toEqual(names)
  })

  test.each([
    ['_@ana_', ['ana']],
    ['__@ana__ and ___@bo___', ['ana', 'bo']],
    ['_@ana_bo_ look', ['ana_bo']],
    ['_@ana, look_ and @bo_', ['ana', 'bo_']],
    ['_look, @ana_', ['ana']],
    ['_look_ @ana_', ['ana_']],
    ['a snake_case name, and @ana_', ['ana_']],
    ['_not closed\n\n@ana_', ['ana_']],
    ['_not closed\r\n\r\n@ana_', ['ana_']],
    ['@_ana_ @ana_ @_', ['_ana_', 'ana_', '_']],
    ['_@ana__', ['ana_']],
    ['__@ana_', ['ana']],
    ['_@ana_/_@bo_', ['ana', 'bo']],
    [`_@${'a'.repeat(32)}_`, ['a'.repeat(32)]],
    ['*_@ana_*', ['ana']],
  ])('[N1] finds the names in %j, without the underscores that emphasize them', (text, names) => {
    expect(findMentions(text)).toEqual(names)
  })

  test.each(['x_@ana_', '用户_@ana.example', '/_@ana_', '_@_', `_@${'a'.repeat(33)}_`])(
    '[N1] finds none in %j, whatever its underscores',
    (text) => {
      expect(findMentions(text)).toEqual([])
    },
  )

  test.each([
    ['`@ana`', []],
    ['see `the @ana decorator` @bo', ['bo']],
    ['``a ` @ana`` @bo', ['bo']],
    ['`@ana', ['ana']],
    ['`@ana``', ['ana']],
    ['\\`@ana`', ['ana']],
    ['`a\n@ana`', []],
    ['`a\n\n@ana`', ['ana']],
    ['```\n@ana\n```\n@bo', ['bo']],
    ['```ts\n@ana\n``\n@bo', []],
    ['~~~\n@ana\n```\n@bo\n~~~\n@cy', ['cy']],
    ['> ```\n> @ana\n@bo', ['bo']],
    ['- ```\n  @ana\n\n  @bo\n@cy', ['cy']],
    ['`a`@ana`b`', ['ana']],
    ['＠ana `＠bo`', ['ana']],
    ['    @ana', ['ana']],
  ])('[N1] finds in %j no name that stands in code', (text, names) => {
    expect(findMentions(text)).toEqual(names)
  })

  const parts = ['用', '\u0301', ...'@ ＠ ana Ａ _ / . ` ``` > -'.split(' '), ' ', '\n']
  test('[N1] finds nothing but usernames, at most so many, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 200 }), (text) => {
        const names = findMentions(text.join(''))
        expect(names.length).toBeLessThanOrEqual(mentionsMax)
        expect(new Set(names).size).toBe(names.length)
        for (const name of names) expect(name).toMatch(usernamePattern)
      }),
    )
  })

  test('[N1] finds the first of too many', () => {
    const names = Array.from({ length: mentionsMax + 5 }, (_, n) => `user_${n}`)
    expect(findMentions(names.map((name) => `@${name}`).join(' '))).toEqual(
      names.slice(0, mentionsMax),
    )
  })

  test.each([
    ['@', 4_000],
    ['@a', 2_000],
    ['a@', 2_000],
    ['e\u0301', 2_000],
    ['\u0301', 4_000],
    ['用\u0301\u0301', 1_300],
    ['_', 4_000],
    ['_@', 2_000],
    ['@a/', 1_300],
    ['`', 4_000],
    ['`` ` ', 800],
    ['\\`', 2_000],
    ['- ', 2_000],
    ['> ', 2_000],
    ['- a\n', 1_000],
    ['```\n', 1_000],
    ['\n', 4_000],
    ['\t', 4_000],
    ['@a\u0301', 1_300],
    ['1. ', 1_300],
  ])('[N1] looks through %j, over and over, at once', (part, count) => {
    const begin = performance.now()
    findMentions(`${part.repeat(count)}@`)
    findMentions(`x${part.repeat(count)}@ana`)
    expect(performance.now() - begin).toBeLessThan(500)
  })
})
