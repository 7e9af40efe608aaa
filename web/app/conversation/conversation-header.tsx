import type { Room } from '../../../src/client/index.ts'
import { useOnlineCount } from '../chat/online-count.ts'
import { onlineText } from '../chat/online-text.ts'
import { RoomSign } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import { paths, route } from '../shell/router.ts'
import { t } from '../text/text.ts'
import '../parts/pane.css'

/** The title of the conversation, and the buttons that lead away from it. */
export function ConversationHeader({ room }: { readonly room: Room | null }) {
  const shown = route.value
  useOnlineCount(room && room.kind !== 'direct' ? room.id : null)
  const panel = shown.name === 'room' ? shown.panel : null
  const link = (to: 'details' | 'search') =>
    room ? paths.room(room.id, panel === to ? null : to) : '/'
  return (
    <header class="pane-header" data-region="header">
      <a class="icon-button back" href="/" aria-label={t('shell.back')} title={t('shell.back')}>
        <Icon name="back" />
      </a>
      {room && (
        <>
          <RoomSign room={room} />
          <div class="pane-title">
            <h1 class="one-line" dir="auto">
              {room.title}
            </h1>
            <p class="one-line" dir="auto">
              {subtitle(room)}
            </p>
          </div>
          <a
            class="icon-button"
            href={link('search')}
            aria-label={t('conversation.search')}
            title={t('conversation.search')}
            aria-current={panel === 'search' ? 'true' : undefined}
          >
            <Icon name="search" />
          </a>
          <a
            class="icon-button"
            href={link('details')}
            aria-label={t('conversation.details')}
            title={t('conversation.details')}
            aria-current={panel === 'details' ? 'true' : undefined}
          >
            <Icon name="info" />
          </a>
        </>
      )}
    </header>
  )
}

function subtitle({ id, kind, partner, member_count, archived_at, description }: Room): string {
  if (kind === 'direct') {
    if (!partner) return ''
    // Display names may be the same. The username identifies the person.
    return [`@${partner.username}`, partner.online && t('conversation.online')]
      .filter(Boolean)
      .join(' · ')
  }
  const [line = ''] = description.split('\n')
  const members = t('conversation.members', { count: member_count })
  const archived = archived_at ? t('conversation.archivedShort') : ''
  return [archived, members, onlineText(id), line].filter(Boolean).join(' · ')
}
