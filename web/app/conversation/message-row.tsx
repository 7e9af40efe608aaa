import { useComputed } from '@preact/signals'
import type { Message, Outgoing } from '../../../src/client/index.ts'
import { isOffline } from '../chat/watched.ts'
import { myId, session } from '../chat/client.ts'
import type { HeldRoom } from '../chat/held-rooms.ts'
import { nameOf } from '../chat/names.ts'
import { mayWrite } from '../chat/may-write.ts'
import { ownName } from '../chat/own-name.ts'
import { isEditing, writeAgain } from '../composer/composing.ts'
import { MessageText } from '../markdown/message-text.tsx'
import { isStacked } from '../markdown/stacked.ts'
import { Icon } from '../parts/icon.tsx'
import { explain } from '../parts/use-task.ts'
import { findMentions } from '../../../src/protocol/mentions.ts'
import { shownProfile } from '../people/shown-profile.ts'
import { PersonAvatar } from '../people/person-avatar.tsx'
import { UsernameTag } from '../people/username-tag.tsx'
import { formatFull, formatTime } from '../text/format.ts'
import { t } from '../text/text.ts'
import { activeKey, MessageTools } from './message-tools.tsx'
import { Reactions } from './reactions.tsx'
import { ReplyQuote } from './reply-quote.tsx'
import type { Row } from './rows.ts'
import './message-row.css'

interface MessageRowProps {
  readonly row: Extract<Row, { kind: 'message' | 'outgoing' }>
  readonly held: HeldRoom
}

/** A sent or unsent message. Both are one component, so the element stays when a send is acknowledged. */
export function MessageRow({ row, held }: MessageRowProps) {
  const { key, isFirst } = row
  const message = row.kind === 'message' ? row.message : null
  const send = row.kind === 'outgoing' ? row.send : null
  const isActive = useComputed(() => activeKey.value === key)
  const me = session.value.user
  const isMine = !message || message.user_id === me?.id
  const text = message ? message.message : send!.text
  const isToMe = !isMine && !!me && !!text?.includes('@') && mentionsName(text, me.username)

  const author = message
    ? { id: message.user_id, name: nameOf(message), username: message.username }
    : { id: myId(), name: ownName.value, username: me?.username ?? null }
  const at = row.kind === 'message' ? row.message.timestamp : row.at
  const replyTo = message ? message.reply_to : send!.replyTo
  const isPending = !!send && send.status !== 'sent' && send.status !== 'failed'
  const classes = [
    'message',
    isFirst && 'first',
    isToMe && 'to-me',
    isPending && 'pending',
    isActive.value && 'active',
  ]

  return (
    <article
      class={classes.filter(Boolean).join(' ')}
      data-key={key}
      data-seq={message?.seq}
      tabIndex={-1}
    >
      {isFirst ? (
        <PersonAvatar id={author.id} name={author.name} />
      ) : (
        <time class="margin-time" dateTime={at} title={formatFull(at)}>
          {formatTime(at)}
        </time>
      )}
      <div class="message-body">
        {isFirst ? (
          <div class="message-by">
            <Author author={author} displayName={message?.display_name ?? null} />
            <UsernameTag {...author} displayName={message?.display_name ?? null} />
            <time dateTime={at} title={formatFull(at)}>
              {formatTime(at)}
            </time>
            {message?.edited_at && <Edited at={message.edited_at} />}
          </div>
        ) : (
          <span class="visually-hidden unselectable">{author.name}</span>
        )}
        {replyTo !== null && !message?.deleted_at && <ReplyQuote seq={replyTo} held={held} />}
        {text === null ? (
          <p class="tombstone">{t('conversation.deleted')}</p>
        ) : (
          <MessageText text={text} myName={me?.username ?? ''} />
        )}
        {!isFirst && message?.edited_at && (
          <span class="edited-below">
            <Edited at={message.edited_at} />
          </span>
        )}
        {message && message.reactions.length > 0 && <Reactions message={message} held={held} />}
        {row.kind === 'message' && row.isSeen && (
          <p class="send-state seen unselectable">
            <Icon name="check" />
            {t('conversation.seen')}
          </p>
        )}
        {send && <SendState send={send} held={held} />}
      </div>
      {isActive.value && message && !message.deleted_at && (
        <MessageTools message={message} held={held} />
      )}
    </article>
  )
}

interface AuthorProps {
  readonly author: {
    readonly id: number | null
    readonly name: string
    readonly username: string | null
  }
  readonly displayName: string | null
}

/** The name leads to the profile. With the keyboard, the list of members leads there. */
function Author({ author: { id, name, username }, displayName }: AuthorProps) {
  const classes = isStacked(name) ? 'author stacked' : 'author'
  if (id === null || username === null) return <bdi class={classes}>{name}</bdi>
  const person = { id, username, display_name: displayName }
  return (
    <button
      type="button"
      class={classes}
      title={`@${username}`}
      tabIndex={-1}
      onClick={() => void (shownProfile.value = person)}
    >
      <bdi>{name}</bdi>
    </button>
  )
}

/** Whether a text mentions a username, by the same rules as the server. */
export function mentionsName(text: string, username: string): boolean {
  return findMentions(text).includes(username.toLowerCase())
}

export const isOwn = ({ user_id }: Message): boolean => user_id === myId()

function Edited({ at }: { readonly at: string }) {
  return (
    <span class="edited" title={formatFull(at)}>
      {t('conversation.edited')}
    </span>
  )
}

/** Shows the state of a send. A quick send shows nothing. */
function SendState({ send, held }: { readonly send: Outgoing; readonly held: HeldRoom }) {
  const { status, error, clientId } = send
  if (status === 'sent') return null
  if (status === 'waiting' && error?.code === 'rate_limited' && !isOffline.value) {
    const count = Math.max(1, Math.ceil((error.retryAfterMs ?? 0) / 1_000))
    return (
      <p class="send-state" role="status">
        {t('conversation.sendingLater', { count })}
      </p>
    )
  }
  if (status !== 'failed') {
    const waits = isOffline.value
    return (
      <p class={waits ? 'send-state' : 'send-state late'}>
        {waits ? t('conversation.waiting') : t('conversation.sending')}
      </p>
    )
  }
  if (error?.code === 'held') {
    return (
      <p class="send-state" role="status">
        <span>{t('conversation.held')}</span>
        <button type="button" class="text-button" onClick={() => held.handle.discard(clientId)}>
          {t('conversation.hide')}
        </button>
      </p>
    )
  }
  // The text needs a composer. After an internal error the message may be stored: only Retry cannot double it.
  const isEditable =
    mayWrite(held.view.value.room) && error?.code !== 'internal' && !isEditing(held.handle.id)
  return (
    <p class="send-state failed" role="alert">
      <span>{t('conversation.failed', { reason: error ? explain(error) : '' })}</span>
      <button type="button" class="text-button" onClick={() => held.handle.retry(clientId)}>
        {t('common.retry')}
      </button>
      {isEditable && (
        <button
          type="button"
          class="text-button"
          onClick={() => {
            writeAgain(send)
            held.handle.discard(clientId)
          }}
        >
          {t('conversation.edit')}
        </button>
      )}
      <button type="button" class="text-button" onClick={() => held.handle.discard(clientId)}>
        {t('conversation.discard')}
      </button>
    </p>
  )
}
