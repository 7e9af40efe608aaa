import { type Node, Parser } from 'commonmark'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withoutCode } from '../../src/protocol/code.ts'

const isLetter = /\p{sc=Han}/gu
const lettersOf = (text: string) => (text.match(isLetter) ?? []).join('')

function nodesOf(text: string): Node[] {
  const walker = new Parser().parse(text).walker()
  const nodes: Node[] = []
  for (let step = walker.next(); step; step = walker.next())
    if (step.entering) nodes.push(step.node)
  return nodes
}

/** Of code blocks those alone have an info string that are fenced; null for all that are only indented. */
const isIndentedCode = ({ type, info }: Node) => type === 'code_block' && info === null

const signs = [
  ...Array<string>(6).fill('letter'),
  ...Array<string>(3).fill('\n'),
  ...'\n\n, ,  ,   ,\t,`,`,``,```,\n```,\n```,````,~~~,\n~~~,\\'.split(','),
  ...'> ,\n> ,>,- ,\n- ,* ,1. ,2) ,# ,\n---,\n===,\r\n'.split(','),
]

/** Texts of all that makes code in Markdown, or keeps something from being it; each letter stands once. */
const markdown = fc
  .array(fc.constantFrom(...signs), { maxLength: 40 })
  .map((parts) =>
    parts
      .map((part, at) => (part === 'letter' ? String.fromCodePoint(0x4e00 + at) : part))
      .join(''),
  )

describe(withoutCode, () => {
  test('[N1] leaves of a text what CommonMark does not show as code', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const nodes = nodesOf(text)
        fc.pre(!nodes.some(isIndentedCode))
        const prose = nodes.map(({ type, literal }) => (type === 'text' ? literal : '')).join('')
        expect(lettersOf(withoutCode(text))).toBe(lettersOf(prose))
      }),
      { numRuns: 2_000 },
    )
  })
})
