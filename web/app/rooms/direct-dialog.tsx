import { useEffect, useState } from 'preact/hooks'
import type { OtherUser } from '../../../src/client/index.ts'
import { client, myId } from '../chat/client.ts'
import { nameOf } from '../chat/names.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, FormError } from '../parts/field.tsx'
import { useTask } from '../parts/use-task.ts'
import { t } from '../text/text.ts'
import { openDirect } from './listed-rooms.ts'
import './direct-dialog.css'

/** A user who types does not need an answer after each letter. */
const pauseMs = 150

/** Users whose username or display name begins with the typed text; null until the first answer. */
export function useUserSearch(search: string): readonly OtherUser[] | null {
  const [found, setFound] = useState<readonly OtherUser[] | null>(null)
  useEffect(() => {
    const abort = new AbortController()
    const timer = setTimeout(async () => {
      try {
        const query = { limit: 20, ...(search && { search }) }
        const { results } = await client.request('GET /api/users/', { query }, abort)
        setFound(results.filter(({ id }) => id !== myId()))
      } catch {
        // The next letter tries again.
      }
    }, pauseMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [search])
  return found
}

export function DirectDialog({ onClose }: { readonly onClose: () => void }) {
  const [search, setSearch] = useState('')
  const found = useUserSearch(search.trim())
  const open = useTask(async (username: string) => {
    await openDirect(username)
    onClose()
  })
  return (
    <Dialog title={t('rooms.directTitle')} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          const [first] = found ?? []
          if (first) void open.run(first.username)
        }}
      >
        <Field
          label={t('rooms.person')}
          type="search"
          autocomplete="off"
          autofocus
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        <FormError text={open.error} />
        <ul class="people" aria-label={t('rooms.people')}>
          {found?.map((user) => (
            <li key={user.id}>
              <button
                type="button"
                class="person"
                disabled={open.isBusy}
                onClick={() => void open.run(user.username)}
              >
                <Avatar id={user.id} name={nameOf(user)} size="s" />
                <bdi class="one-line">{nameOf(user)}</bdi>
                <small>
                  <bdi dir="ltr">@{user.username}</bdi>
                </small>
              </button>
            </li>
          ))}
        </ul>
        {found?.length === 0 && <p class="people-none">{t('rooms.nobodyFound', { search })}</p>}
      </form>
    </Dialog>
  )
}
