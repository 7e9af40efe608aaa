import type { Token, Tokens } from 'marked'
import { Fragment, type ComponentChildren } from 'preact'
import { findMentions } from '../../../src/protocol/mentions.ts'
import { isEmojisAlone } from './emojis-alone.ts'
import { parseMarkdown } from './parse.ts'
import { isStacked } from './stacked.ts'
import './message-text.css'

interface MessageTextProps {
  readonly text: string
  /** A mention of this user is shown as a mention of the reader. */
  readonly myName: string
}

interface Context {
  /** The usernames that the text mentions, in lower case. */
  readonly names: ReadonlySet<string>
  readonly myName: string
}

/** Renders a message. Its elements are made from the parser's tokens, never from HTML. */
export function MessageText({ text, myName }: MessageTextProps) {
  if (isEmojisAlone(text)) return <div class="message-text emojis">{text}</div>
  const context: Context = { names: new Set(findMentions(text)), myName: myName.toLowerCase() }
  const tokens = parseMarkdown(text)
  return (
    <div class={isStacked(text) ? 'message-text stacked' : 'message-text'}>
      {tokens ? blocks(tokens, context) : <p dir="auto">{withMentions(text, context)}</p>}
    </div>
  )
}

function blocks(tokens: readonly Token[], context: Context): ComponentChildren {
  return tokens.map((token, at) => <Fragment key={at}>{block(token, context)}</Fragment>)
}

function block(token: Token, context: Context): ComponentChildren {
  switch (token.type) {
    case 'space':
    case 'checkbox':
      return token.type === 'space' ? null : token.raw
    case 'paragraph':
      return <p dir="auto">{inlines(token.tokens, context)}</p>
    case 'text':
      // This is in a list item without empty lines.
      return token.tokens ? inlines(token.tokens, context) : withMentions(token.raw, context)
    case 'code':
      return (
        <pre dir="ltr" tabIndex={0}>
          <code>{token['text']}</code>
        </pre>
      )
    case 'blockquote':
      return <blockquote>{blocks(token.tokens ?? [], context)}</blockquote>
    case 'list': {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its type says so
      const { ordered, start, items } = token as Tokens.List
      const rows = items.map((item, at) => (
        <li key={at}>
          {item.task && !item.tokens.some(({ type }) => type === 'checkbox')
            ? `[${item.checked ? 'x' : ' '}] `
            : null}
          {blocks(item.tokens, context)}
        </li>
      ))
      return ordered ? (
        <ol dir="auto" start={start === '' ? 1 : start}>
          {rows}
        </ol>
      ) : (
        <ul dir="auto">{rows}</ul>
      )
    }
    default:
      return inline(token, context)
  }
}

function inlines(tokens: readonly Token[] | undefined, context: Context): ComponentChildren {
  return tokens?.map((token, at) => <Fragment key={at}>{inline(token, context)}</Fragment>)
}

function inline(token: Token, context: Context): ComponentChildren {
  switch (token.type) {
    case 'strong':
      return <strong>{inlines(token.tokens, context)}</strong>
    case 'em':
      return <em>{inlines(token.tokens, context)}</em>
    case 'del':
      return <s>{inlines(token.tokens, context)}</s>
    case 'codespan':
      return inlineCode(String(token['text']))
    case 'br':
      return <br />
    case 'escape':
      return token['text']
    case 'link':
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its type says so
      return link(token as Tokens.Link, context)
    case 'text':
      return token.tokens
        ? inlines(token.tokens, context)
        : withMentions(String(token['text']), context)
    default:
      return withMentions(token.raw, context)
  }
}

/** This many characters fit on one line of every phone. */
const wholeMax = 26

/** Short code is not broken, because browsers would break it after a hyphen, as in `--minutes`. */
const inlineCode = (text: string) => (
  <code dir="ltr" class={text.length <= wholeMax ? 'whole' : undefined}>
    {text}
  </code>
)

function urlOf(href: string): URL | null {
  try {
    return new URL(href)
  } catch {
    return null
  }
}

/** Addresses of other schemes, such as `javascript:`, stay text. */
function link({ href, raw, tokens }: Tokens.Link, context: Context): ComponentChildren {
  const url = urlOf(href)
  if (!url || !['http:', 'https:', 'mailto:'].includes(url.protocol)) {
    return withMentions(raw, context)
  }
  const isOurs = url.origin === location.origin
  // The reader can see the target of a link before following it, because the text may say something else.
  return (
    <a
      href={url.href}
      title={raw === href ? undefined : url.href}
      {...(!isOurs && { target: '_blank', rel: 'noopener noreferrer nofollow' })}
    >
      {inlines(tokens, { ...context, names: new Set() })}
    </a>
  )
}

function withMentions(text: string, { names, myName }: Context): ComponentChildren {
  if (names.size === 0) return text
  return text.split(/([@＠]\w{1,32})/).map((part, at) => {
    const name = at % 2 === 1 ? part.slice(1).toLowerCase() : ''
    if (!names.has(name)) return part
    // In `bdi` the name does not decide the direction of the text. Usernames are Latin, also in Arabic texts.
    return (
      <bdi key={at} class={name === myName ? 'mention me' : 'mention'}>
        {part}
      </bdi>
    )
  })
}
