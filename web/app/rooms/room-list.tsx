import type { ComponentChildren } from 'preact'
import type { Room } from '../../../src/client/index.ts'
import { rooms } from '../chat/client.ts'
import { IconButton } from '../parts/button.tsx'
import { MenuButton } from '../parts/menu.tsx'
import { Loading, Notice } from '../parts/notice.tsx'
import { navigate } from '../shell/router.ts'
import { t } from '../text/text.ts'
import { dialog, sections } from './listed-rooms.ts'
import { RoomRow } from './room-row.tsx'
import './room-list.css'

/** The user's rooms. */
export function RoomList() {
  const { unread, rooms: others, direct } = sections.value
  const isLoading = rooms.value === null
  const isEmpty = rooms.value?.length === 0

  return (
    <div class="room-list" data-region="rooms" tabIndex={-1} onKeyDown={moveFocus}>
      {isLoading && <Loading label={t('rooms.loading')} />}
      {isEmpty && (
        <Notice icon="hash" title={t('rooms.emptyTitle')} text={t('rooms.emptyText')}>
          <a class="button primary" href="/browse">
            {t('rooms.browse')}
          </a>
          <button type="button" class="button" onClick={() => void (dialog.value = 'room')}>
            {t('rooms.create')}
          </button>
        </Notice>
      )}
      <Section title={t('rooms.unread')} rooms={unread} />
      {!isLoading && !isEmpty && (
        <>
          <Section
            title={t('rooms.rooms')}
            rooms={others}
            isAlways
            action={
              <MenuButton
                icon="add"
                label={t('rooms.add')}
                items={[
                  {
                    label: t('rooms.create'),
                    icon: 'add',
                    onSelect: () => void (dialog.value = 'room'),
                  },
                  {
                    label: t('rooms.browse'),
                    icon: 'compass',
                    onSelect: () => navigate('/browse'),
                  },
                ]}
              />
            }
          />
          <Section
            title={t('rooms.direct')}
            rooms={direct}
            isAlways
            action={
              <IconButton
                icon="add"
                label={t('rooms.startDirect')}
                onClick={() => void (dialog.value = 'direct')}
              />
            }
          />
        </>
      )}
    </div>
  )
}

interface SectionProps {
  readonly title: string
  readonly rooms: readonly Room[]
  /** Whether it shows its title also when it is empty. */
  readonly isAlways?: boolean
  readonly action?: ComponentChildren
}

function Section({ title, rooms, isAlways = false, action }: SectionProps) {
  if (rooms.length === 0 && !isAlways) return null
  return (
    <section aria-label={title}>
      <header>
        <h2>{title}</h2>
        {action}
      </header>
      <ul>
        {rooms.map((room) => (
          <li key={room.id}>
            <RoomRow room={room} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Arrow keys move from room to room. Tab leaves the list. */
function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('.room-row')]
  const at = rows.findIndex((row) => row === document.activeElement)
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at < 0 ? rows.length - 1 : at - 1,
    Home: 0,
    End: rows.length - 1,
  }[event.key]
  if (to === undefined || !rows[to]) return
  if (at < 0 && document.activeElement !== event.currentTarget) return
  event.preventDefault()
  rows[to].focus()
}
