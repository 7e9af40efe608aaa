import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { client } from '../chat/client.ts'
import { nameOf } from '../chat/names.ts'
import { focusComposer } from '../composer/composing.ts'
import { Avatar, RoomSign } from '../parts/avatar.tsx'
import { useModal } from '../parts/dialog.tsx'
import { FormError } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { useTask } from '../parts/use-task.ts'
import { attentionOf } from '../rooms/room-order.ts'
import { mentions, openDirect } from '../rooms/listed-rooms.ts'
import { announce } from '../shell/announcer.tsx'
import { navigate, paths } from '../shell/router.ts'
import { formatUnread } from '../text/format.ts'
import { t } from '../text/text.ts'
import { type Option, useOptions } from './options.ts'
import { isSwitcherOpen } from './switcher-state.ts'
import './switcher.css'

const close = () => void (isSwitcherOpen.value = false)

/** How many options a page key moves. */
const pageStep = 6

/**
 * The quick switcher, like APG's combobox with a list. The focus stays in the field, and the keys move the
 * selection.
 */
export function Switcher() {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const list = useRef<HTMLUListElement>(null)
  const [typed, setTyped] = useState('')
  const query = typed.trim()
  const { options, isBusy, hasFailed } = useOptions(query)
  /** The selection stays when other options come. */
  const [activeKey, setActiveKey] = useState<string | null>(null)
  const at = Math.max(
    0,
    options.findIndex(({ key }) => key === activeKey),
  )
  const active = options[at]
  const optionId = (key: string) => `${id}-${key}`

  useModal(dialog)

  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [active?.key])

  const count = options.length
  useEffect(() => {
    if (query && !isBusy) announce(t('switcher.count', { count }))
  }, [query, isBusy, count])

  const open = useTask(async (option: Option) => {
    switch (option.kind) {
      case 'room':
        navigate(paths.room(option.room.id))
        break
      case 'person':
        await openDirect(option.user.username)
        break
      case 'join': {
        const params = { room_id: option.room.id }
        await client.request('POST /api/rooms/{room_id}/join/', { params })
        navigate(paths.room(option.room.id))
        break
      }
      case 'search':
        navigate(paths.search(query))
    }
    close()
    if (option.kind !== 'search' && matchMedia('(pointer: fine)').matches) focusComposer()
  })

  function onKeyDown(event: KeyboardEvent): void {
    // Safari ends a composition before the event of its key.
    if (event.isComposing || event.keyCode === 229) return
    const last = options.length - 1
    const to = {
      ArrowDown: at === last ? 0 : at + 1,
      ArrowUp: at === 0 ? last : at - 1,
      PageDown: Math.min(at + pageStep, last),
      PageUp: Math.max(at - pageStep, 0),
    }[event.key]
    if (to !== undefined) {
      event.preventDefault()
      setActiveKey(options[to]?.key ?? null)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (active) void open.run(active)
    }
  }

  const state = hasFailed
    ? t('switcher.failed')
    : isBusy
      ? t('switcher.looking')
      : query && count === 1
        ? t('switcher.none', { query })
        : ''

  return (
    <dialog
      ref={dialog}
      class="dialog switcher"
      aria-label={t('switcher.title')}
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current) close()
      }}
    >
      <div class="switcher-box">
        <div class="switcher-field">
          <Icon name="search" />
          <input
            type="text"
            role="combobox"
            dir="auto"
            autocomplete="off"
            spellcheck={false}
            enterkeyhint="go"
            maxLength={100}
            aria-label={t('switcher.title')}
            aria-autocomplete="list"
            aria-expanded={count > 0}
            aria-controls={id}
            aria-activedescendant={active && optionId(active.key)}
            placeholder={t('switcher.placeholder')}
            value={typed}
            onInput={({ currentTarget }) => {
              setTyped(currentTarget.value)
              setActiveKey(null)
              open.reset()
            }}
            onKeyDown={onKeyDown}
          />
          <button type="button" class="text-button switcher-close" onClick={close}>
            {t('common.cancel')}
          </button>
        </div>
        <FormError text={open.error} />
        <ul ref={list} id={id} role="listbox" aria-label={t('switcher.results')}>
          {options.map((option) => (
            <li
              key={option.key}
              id={optionId(option.key)}
              role="option"
              class={option.kind}
              aria-selected={option === active}
              aria-disabled={open.isBusy}
              onPointerMove={() => setActiveKey(option.key)}
              onClick={() => void open.run(option)}
            >
              <Row option={option} query={query} />
            </li>
          ))}
        </ul>
        <footer class={state ? undefined : 'idle'}>
          <span class="switcher-state">{state}</span>
          <span class="switcher-keys" aria-hidden="true">
            <span>
              <kbd>
                <Icon name="up" />
              </kbd>{' '}
              <kbd>
                <Icon name="down" />
              </kbd>{' '}
              {t('switcher.keyMove')}
            </span>
            <span>
              <kbd>Enter</kbd> {t('switcher.keyOpen')}
            </span>
            <span>
              <kbd>Esc</kbd> {t('switcher.keyClose')}
            </span>
          </span>
        </footer>
      </div>
    </dialog>
  )
}

function Row({ option, query }: { readonly option: Option; readonly query: string }) {
  switch (option.kind) {
    case 'room': {
      const { room } = option
      const { isUnread, count } = attentionOf(room, mentions.value)
      return (
        <>
          <RoomSign room={room} />
          <Name isBold={isUnread}>{room.title}</Name>
          {room.partner && (
            <small>
              <bdi dir="ltr">@{room.partner.username}</bdi>
            </small>
          )}
          {isUnread && (
            <>
              <span class="visually-hidden">
                {t('rooms.unreadCount', { count: room.unread ?? 0 })}
              </span>
              {count > 0 ? (
                <span class="badge" aria-hidden="true">
                  {formatUnread(count)}
                </span>
              ) : (
                <span class="unread-dot" />
              )}
            </>
          )}
        </>
      )
    }
    case 'person': {
      const { user } = option
      return (
        <>
          <Avatar id={user.id} name={nameOf(user)} size="s" />
          <Name>{nameOf(user)}</Name>
          <small>
            <bdi dir="ltr">@{user.username}</bdi>
          </small>
          <small class="switcher-kind">{t('switcher.newDirect')}</small>
        </>
      )
    }
    case 'join': {
      const { room } = option
      return (
        <>
          <RoomSign room={room} />
          <Name>{t('switcher.join', { room: room.title })}</Name>
          <small class="switcher-kind">
            {t('switcher.joinHint', { count: room.member_count })}
          </small>
        </>
      )
    }
    case 'search':
      return (
        <>
          <span class="room-sign s">
            <Icon name="search" />
          </span>
          <Name>{t('switcher.search', { query })}</Name>
        </>
      )
  }
}

interface NameProps {
  readonly isBold?: boolean
  readonly children: ComponentChildren
}

const Name = ({ isBold = false, children }: NameProps) => (
  <span class={isBold ? 'switcher-name one-line unread' : 'switcher-name one-line'} dir="auto">
    {children}
  </span>
)
