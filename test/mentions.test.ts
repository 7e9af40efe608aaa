import { describe, expect, test } from 'vitest'
import { mentionsMax } from '../src/protocol/limits.ts'
import { findMentions } from '../src/protocol/mentions.ts'

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
    '＠ana',
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
  ])('[N1] finds the names in %j, whatever is written around them', (text, names) => {
    expect(findMentions(text)).toEqual(names)
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
  ])('[N1] looks through %j, over and over, at once', (part, count) => {
    const begin = performance.now()
    findMentions(`${part.repeat(count)}@`)
    findMentions(`x${part.repeat(count)}@ana`)
    expect(performance.now() - begin).toBeLessThan(500)
  })
})
