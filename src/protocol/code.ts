/**
 * Finds the code in a text, as CommonMark defines it: text between backticks, and fenced blocks, also in
 * quotes and lists. Mentions do not count in code, because code is quoted from elsewhere. One pass over the
 * text is enough.
 *
 * Two things differ from CommonMark. Text that is only indented is not code here, because people indent for
 * other reasons. HTML is plain text.
 */

/** Deeper marks of quotes and lists are plain text. */
const maxDepth = 20

/** A block that contains other blocks: a quote, or a list item. A list item continues with indented lines. */
type Container =
  { readonly kind: 'quote' } | { readonly kind: 'item'; readonly indent: number; isEmpty: boolean }

interface Fence {
  readonly sign: string
  readonly length: number
}

/** Returns the text without the contents of its code, and without the marks of quotes and lists. */
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
    // A container with any content is not empty any more. Another container counts as content.
    for (const each of opened.kind === 'blank' ? containers.slice(0, -1) : containers) {
      if (each.kind === 'item') each.isEmpty = false
    }
  }
  endParagraph()
  return blocks.join('\n\n')
}

/** Returns how many of the open containers a line continues, and the rest of the line inside them. */
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

/** Returns what a line opens. With `interrupted`, a marker that cannot interrupt a paragraph begins no list. */
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

/** Removes the text between two runs of backticks of the same length. The backticks stay. */
function withoutSpans(text: string): string {
  const runs = Array.from(text.matchAll(/`+/g), ({ 0: run, index }) => ({
    at: index,
    length: run.length,
  }))
  /** The runs that are still ahead, by length. The next one is last. */
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
    // A backslash escapes the first backtick.
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
