import { useEffect, useState } from 'preact/hooks'
import type { Room } from '../../../src/client/index.ts'
import { client, rooms } from '../chat/client.ts'
import { cursorOf } from '../chat/paging.ts'
import { RoomSign } from '../parts/avatar.tsx'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Loading, Notice } from '../parts/notice.tsx'
import { explain, useTask } from '../parts/use-task.ts'
import { navigate, paths } from '../shell/router.ts'
import { t } from '../text/text.ts'
import { dialog } from './listed-rooms.ts'
import './browse-rooms.css'

const pauseMs = 200

interface Found {
  readonly rooms: readonly Room[]
  readonly cursor: string | null
}

/** Lists public rooms, to read and to join. */
export function BrowseRooms() {
  const [search, setSearch] = useState('')
  const [found, setFound] = useState<Found | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)

  async function fetchPage(cursor: string | null, signal?: AbortSignal): Promise<Found> {
    const query = {
      limit: 50,
      ...(search.trim() && { search: search.trim() }),
      ...(cursor && { cursor }),
    }
    const page = await client.request('GET /api/rooms/', { query }, signal ? { signal } : {})
    const shown = page.results.filter(({ kind }) => kind === 'public')
    return { rooms: shown, cursor: cursorOf(page.next) }
  }

  useEffect(() => {
    const abort = new AbortController()
    const timer = setTimeout(
      async () => {
        try {
          setFound(await fetchPage(null, abort.signal))
          setFailure(null)
        } catch (error) {
          if (!abort.signal.aborted) setFailure(error)
        }
      },
      search ? pauseMs : 0,
    )
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [search, attempt])

  const more = useTask(async () => {
    if (!found) return
    const next = await fetchPage(found.cursor)
    setFound({ rooms: [...found.rooms, ...next.rooms], cursor: next.cursor })
  })

  return (
    <section class="browse" aria-label={t('rooms.browse')}>
      <header class="pane-header" data-region="header">
        <a class="icon-button back" href="/" aria-label={t('shell.back')} title={t('shell.back')}>
          <Icon name="back" />
        </a>
        <div class="pane-title">
          <h1>{t('rooms.browse')}</h1>
        </div>
        <button type="button" class="button" onClick={() => void (dialog.value = 'room')}>
          <Icon name="add" />
          {t('rooms.create')}
        </button>
      </header>
      <div class="browse-body">
        <Field
          label={t('rooms.search')}
          type="search"
          autocomplete="off"
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        {failure !== null && (
          <Notice icon="warning" title={t('rooms.browseFailed')} text={explain(failure)}>
            <button type="button" class="button" onClick={() => setAttempt(attempt + 1)}>
              {t('common.tryAgain')}
            </button>
          </Notice>
        )}
        {failure === null && !found && <Loading label={t('rooms.loading')} />}
        {failure === null && found?.rooms.length === 0 && (
          <Notice
            icon="compass"
            title={search ? t('rooms.noneFound', { search }) : t('rooms.nonePublic')}
          >
            <button type="button" class="button" onClick={() => void (dialog.value = 'room')}>
              {t('rooms.create')}
            </button>
          </Notice>
        )}
        {failure === null && found && found.rooms.length > 0 && (
          <ul class="browse-rooms">
            {found.rooms.map((room) => (
              <PublicRoom key={room.id} room={room} />
            ))}
          </ul>
        )}
        {found?.cursor && (
          <button
            type="button"
            class="button browse-more"
            disabled={more.isBusy}
            onClick={() => void more.run()}
          >
            {t('common.more')}
          </button>
        )}
      </div>
    </section>
  )
}

function PublicRoom({ room }: { readonly room: Room }) {
  const isMember = !!rooms.value?.some(({ id }) => id === room.id)
  const join = useTask(async () => {
    await client.request('POST /api/rooms/{room_id}/join/', { params: { room_id: room.id } })
    navigate(paths.room(room.id))
  })
  return (
    <li class="browse-room">
      <a href={paths.room(room.id)}>
        <RoomSign room={room} size="m" />
        <span>
          <b class="one-line" dir="auto">
            {room.title}
          </b>
          <small>{t('conversation.members', { count: room.member_count })}</small>
          {room.description && (
            <span class="browse-about" dir="auto">
              {room.description}
            </span>
          )}
          {join.error && <span class="field-error">{join.error}</span>}
        </span>
      </a>
      {isMember ? (
        <span class="browse-joined">
          <Icon name="check" />
          {t('rooms.joined')}
        </span>
      ) : (
        <button
          type="button"
          class="button"
          aria-label={t('rooms.joinNamed', { room: room.title })}
          disabled={join.isBusy}
          onClick={() => void join.run()}
        >
          {t('rooms.join')}
        </button>
      )}
    </li>
  )
}
