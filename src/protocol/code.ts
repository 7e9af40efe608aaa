/**
 * Where a text has code, as CommonMark has it: what stands between backticks, and fenced blocks, also in
 * quotes and lists. Code is quoted from elsewhere: it speaks to nobody. A text is gone through once.
 *
 * Two things are left to readers of Markdown: a text that is only indented is no code here, since people
 * indent for other reasons, and HTML is text.
 */

/** Deeper than that, marks of quotes and lists are text. */
const maxDepth = 20

/** What a block stands in: a quote, or an item of a list, which goes on where lines are indented. */
type Container =
  { readonly kind: 'quote' } | { readonly kind: 'item'; readonly indent: number; isEmpty: boolean }

interface Fence {
  readonly sign: string
  readonly length: number
}

/** The text without what is in its code, and without the marks of quotes and lists. */
export function withoutCode(text: string): string {
  if (!/`|~~~/.test(text)) return text
  const blocks: string[] = []
  let containers: Container[] = []
  let fence: Fence | undefined
  let paragraph: string[] = []

  function endParagraph(): void {
    if (paragraph.length > 0) blocks.push(withoutSpans(paragraph.join('\n')))
    paragraph = []
  }

  for (const line of text.split(/\r\n?|\n/)) {
    const { depth, rest } = goInto(containers, expandTabs(line))
    if (fence) {
      const isInside = depth === containers.length
      if (isInside && isEndOf(fence, rest)) fence = undefined
      if (isInside) continue
      fence = undefined
    }
    const opened = openBlocks(rest, depth, paragraph.length > 0 && depth === containers.length)
    const goesOn = opened.kind === 'text' && paragraph.length > 0 && opened.containers.length === 0
    if (!goesOn) {
      endParagraph()
      containers = [...containers.slice(0, depth), ...opened.containers]
    }
    if (opened.kind === 'fence') fence = opened.fence
    if (opened.kind === 'text') paragraph.push(opened.text)
    if (opened.kind === 'heading') blocks.push(withoutSpans(opened.text))
    // Whatever a container has in it, if only another one, it is not empty any more.
    for (const each of opened.kind === 'blank' ? containers.slice(0, -1) : containers) {
      if (each.kind === 'item') each.isEmpty = false
    }
  }
  endParagraph()
  return blocks.join('\n\n')
}

/** How many of the open containers a line is still in, and what of it is within them. */
function goInto(containers: readonly Container[], line: string): { depth: number; rest: string } {
  let rest = line
  let depth = 0
  for (const container of containers) {
    const indent = indentOf(rest)
    const isBlank = indent === rest.length
    if (container.kind === 'quote') {
      if (indent > 3 || rest[indent] !== '>') break
      rest = rest.slice(indent + 1).replace(/^ /, '')
    } else if (isBlank) {
      if (container.isEmpty) break
    } else {
      if (indent < container.indent) break
      rest = rest.slice(container.indent)
    }
    depth++
  }
  return { depth, rest }
}

type Opened = { readonly containers: readonly Container[] } & (
  | { readonly kind: 'blank' | 'rule' }
  | { readonly kind: 'text' | 'heading'; readonly text: string }
  | { readonly kind: 'fence'; readonly fence: Fence }
)

/** What a line opens. A paragraph that is `interrupted` by it goes on where a list would begin in vain. */
function openBlocks(line: string, depth: number, interrupted: boolean): Opened {
  const containers: Container[] = []
  let rest = line
  let isInterrupting = interrupted
  for (;;) {
    const indent = indentOf(rest)
    const content = rest.slice(indent)
    if (content === '') return { kind: 'blank', containers }
    if (indent > 3) return { kind: 'text', text: rest, containers }
    if (isInterrupting && /^(?:=+|-+) *$/.test(content)) return { kind: 'rule', containers }
    if (/^([-*_])(?: *\1){2,} *$/.test(content)) return { kind: 'rule', containers }
    if (/^#{1,6}(?: |$)/.test(content)) return { kind: 'heading', text: content, containers }
    const fence = fenceOf(content)
    if (fence) return { kind: 'fence', fence, containers }
    const opened =
      depth + containers.length < maxDepth
        ? openContainer(content, indent, isInterrupting)
        : undefined
    if (!opened) return { kind: 'text', text: content, containers }
    containers.push(opened.container)
    rest = opened.rest
    isInterrupting = false
  }
}

function openContainer(
  content: string,
  indent: number,
  isInterrupting: boolean,
): { container: Container; rest: string } | undefined {
  if (content.startsWith('>')) {
    return { container: { kind: 'quote' }, rest: content.slice(1).replace(/^ /, '') }
  }
  const [, marker, number] = /^([-+*]|(\d{1,9})[.)])(?: |$)/.exec(content) ?? []
  if (marker === undefined) return undefined
  const after = content.slice(marker.length)
  const isEmpty = indentOf(after) === after.length
  if (isInterrupting && (isEmpty || (number !== undefined && Number(number) !== 1)))
    return undefined
  const space = isEmpty || indentOf(after) > 4 ? 1 : indentOf(after)
  return {
    container: { kind: 'item', indent: indent + marker.length + space, isEmpty },
    rest: after.slice(space),
  }
}

function fenceOf(content: string): Fence | undefined {
  const [, ticks, tildes] = /^(?:(`{3,})[^`]*|(~{3,}).*)$/.exec(content) ?? []
  const sign = ticks ?? tildes
  return sign === undefined ? undefined : { sign: sign[0]!, length: sign.length }
}

function isEndOf({ sign, length }: Fence, rest: string): boolean {
  const indent = indentOf(rest)
  const content = rest.slice(indent).trimEnd()
  return indent <= 3 && content.length >= length && content === sign.repeat(content.length)
}

function indentOf(line: string): number {
  return line.length - line.replace(/^ +/, '').length
}

function expandTabs(line: string): string {
  if (!line.includes('\t')) return line
  let expanded = ''
  for (const part of line.split(/(\t)/)) {
    expanded += part === '\t' ? ' '.repeat(4 - (expanded.length % 4)) : part
  }
  return expanded
}

/** Takes out what stands between as many backticks as opened it; the backticks stay. */
function withoutSpans(text: string): string {
  const runs = Array.from(text.matchAll(/`+/g), ({ 0: run, index }) => ({
    at: index,
    length: run.length,
  }))
  /** Of each length, which runs are still ahead, the next one last. */
  const ahead = new Map<number, number[]>()
  for (const [number, { length }] of [...runs.entries()].toReversed()) {
    const same = ahead.get(length)
    if (same) same.push(number)
    else ahead.set(length, [number])
  }
  let kept = ''
  let from = 0
  for (let number = 0; number < runs.length; number++) {
    const { at, length } = runs[number]!
    // A backslash takes the meaning of the first backtick.
    const opener = isEscaped(text, at) ? length - 1 : length
    const same = ahead.get(opener) ?? []
    while (same.length > 0 && same.at(-1)! <= number) same.pop()
    const closer = same.at(-1)
    if (opener === 0 || closer === undefined) continue
    kept += text.slice(from, at + length)
    from = runs[closer]!.at
    number = closer
  }
  return kept + text.slice(from)
}

function isEscaped(text: string, at: number): boolean {
  let before = at
  while (text[before - 1] === '\\') before--
  return (at - before) % 2 === 1
}
