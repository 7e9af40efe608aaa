import { describe, expect, test } from 'vitest'
import { excerptOf } from '../../web/app/search/excerpt.ts'
import { bestOf, fitOf } from '../../web/app/switcher/match.ts'

/** Returns an excerpt with the found parts in brackets. */
function shown(text: string, ...words: string[]): string {
  const highlights = words.flatMap((word) => {
    const start = text.indexOf(word)
    return start < 0 ? [] : [{ start, end: start + word.length }]
  })
  return excerptOf(text, highlights)
    .map(({ text, isHit }) => (isHit ? `[${text}]` : text))
    .join('')
}

describe('an excerpt', () => {
  test('shows the match in its place, without the marks of Markdown', () => {
    expect(shown('the **heron** stands in `reed`\n> still', 'heron', 'reed')).toBe(
      'the [heron] stands in [reed] still',
    )
  })

  test('begins a little before the first match, at a word, and ends at one', () => {
    const text = `${'before '.repeat(40)}heron${' after'.repeat(100)}`
    const excerpt = shown(text, 'heron')
    expect(excerpt).toMatch(/^…before (before )+\[heron\] after( after)+…$/)
    expect(excerpt.length).toBeLessThanOrEqual(324)
  })

  test('cuts no character of two code units', () => {
    const excerpt = shown(`${'🦩'.repeat(100)}heron${'🦩'.repeat(300)}`, 'heron')
    expect(excerpt).toContain('[heron]')
    expect(excerpt.isWellFormed()).toBe(true)
  })

  test('shows the address of a link when only that matches', () => {
    expect(shown('[a bird](https://example.org/heron)', 'heron')).toBe(
      '[a bird](https://example.org/[heron])',
    )
  })

  test('leaves out highlights that do not fit the text', () => {
    const places = [
      { start: 5, end: 90 },
      { start: 3, end: 3 },
    ]
    expect(excerptOf('short', places)).toEqual([{ text: 'short', isHit: false }])
    expect(excerptOf('', places)).toEqual([])
  })
})

describe('a name', () => {
  test('matches by the beginnings of its words in any order, by its first letters, and by its letters in order', () => {
    expect(fitOf('release notes', 'Release notes')).toBe(5)
    expect(fitOf('rel', 'Release notes')).toBe(4)
    expect(fitOf('no rel', 'Release notes')).toBe(3)
    expect(fitOf('rn', 'Release notes')).toBe(2)
    expect(fitOf('rlnts', 'Release notes')).toBe(1)
    expect(fitOf('notes tea', 'Release notes')).toBeNull()
    expect(fitOf('sn', 'Release notes')).toBeNull()
  })

  test('matches without regard to case, accents and signs', () => {
    expect(fitOf('kovac', 'Mina Kováč')).toBe(3)
    expect(fitOf('#TEA', 'tea')).toBe(3)
    expect(fitOf('🍵', 'Tea 🍵')).toBe(2)
    expect(fitOf('🍵', 'Tea')).toBeNull()
  })

  test('comes first when it matches best, and otherwise keeps its place', () => {
    const names = ['Old releases', 'Tea', 'Release notes', 'More releases']
    expect(bestOf('rel', names, (name) => [name])).toEqual([
      'Release notes',
      'Old releases',
      'More releases',
    ])
    expect(bestOf(' ', names, (name) => [name])).toEqual(names)
  })
})
