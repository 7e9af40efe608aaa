import { useEffect, useMemo, useState } from 'preact/hooks'
import { client } from '../chat/client.ts'
import { type HeldRoom, replaceHeldRoom, holdRoom } from '../chat/held-rooms.ts'
import { Composer } from '../composer/composer.tsx'
import { TypingLine } from '../composer/typing-line.tsx'
import { FormError } from '../parts/field.tsx'
import { Loading, Notice } from '../parts/notice.tsx'
import { useTask } from '../parts/use-task.ts'
import { announce } from '../shell/announcer.tsx'
import { t } from '../text/text.ts'
import { ConversationHeader } from './conversation-header.tsx'
import { MessageList } from './message-list.tsx'
import './conversation.css'

interface ConversationProps {
  readonly roomId: number
  /** The message in the address. */
  readonly seq: number | null
}

/**
 * A room with its messages and the composer. When the user goes to another room, the elements around the messages
 * stay: making them again took a third of the time of a switch.
 */
export function Conversation({ roomId, seq }: ConversationProps) {
  const opened = useMemo(() => holdRoom(roomId), [roomId])
  /** Is shown in place of a room that is gone. */
  const [replaced, setReplaced] = useState<HeldRoom | null>(null)
  useEffect(() => setReplaced(null), [roomId])
  const held = replaced?.handle.id === roomId ? replaced : opened
  const { status, room, typing, messages, outgoing } = held.view.value

  const title = room?.title
  useEffect(() => {
    if (title !== undefined) announce(t('conversation.opened', { room: title }))
  }, [roomId, title !== undefined])

  if (status === 'gone') {
    return (
      <section class="conversation" aria-label={t('conversation.region')}>
        <ConversationHeader room={null} />
        <Notice
          isPage
          icon="lock"
          title={t('conversation.goneTitle')}
          text={t('conversation.goneText')}
        >
          <button type="button" class="button" onClick={() => setReplaced(replaceHeldRoom(roomId))}>
            {t('common.tryAgain')}
          </button>
          <a class="button primary" href="/">
            {t('conversation.toRooms')}
          </a>
        </Notice>
      </section>
    )
  }
  const isShown = status === 'ready' || messages.length > 0 || outgoing.length > 0
  return (
    <section class="conversation" aria-label={t('conversation.region')}>
      <ConversationHeader room={room} />
      {isShown ? (
        <MessageList key={roomId} held={held} target={seq} />
      ) : (
        <div class="conversation-loading">
          <Loading label={t('conversation.loading')} />
        </div>
      )}
      <TypingLine typing={typing} room={room} />
      {room && !room.role ? (
        <JoinBar key={roomId} roomId={roomId} />
      ) : room?.kind === 'direct' && !room.partner ? (
        <p class="conversation-bar">{t('conversation.partnerGone')}</p>
      ) : room?.archived_at ? (
        <p class="conversation-bar">{t('conversation.archived')}</p>
      ) : (
        <Composer held={held} />
      )}
    </section>
  )
}

/** A public room can be read before the user joins it. */
function JoinBar({ roomId }: { readonly roomId: number }) {
  const join = useTask(async () => {
    await client.request('POST /api/rooms/{room_id}/join/', { params: { room_id: roomId } })
  })
  return (
    <div class="conversation-bar">
      <FormError text={join.error} />
      <p>{t('conversation.notJoined')}</p>
      <button
        type="button"
        class="button primary"
        disabled={join.isBusy}
        onClick={() => void join.run()}
      >
        {t('rooms.join')}
      </button>
    </div>
  )
}
