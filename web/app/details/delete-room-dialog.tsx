import { useState } from 'preact/hooks'
import type { Room } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field, FormError } from '../parts/field.tsx'
import { useTask } from '../parts/use-task.ts'
import { navigate } from '../shell/router.ts'
import { t } from '../text/text.ts'

/** Asks for the title, so that nobody deletes a room with two clicks at the same place. */
export function DeleteRoomDialog({
  room,
  onClose,
}: {
  readonly room: Room
  readonly onClose: () => void
}) {
  const [typed, setTyped] = useState('')
  const isSure = typed.trim().normalize('NFC') === room.title
  const task = useTask(async () => {
    await client.request('DELETE /api/rooms/{room_id}/', { params: { room_id: room.id } })
    onClose()
    navigate('/', { replace: true })
  })
  return (
    <Dialog title={t('details.deleteTitle', { room: room.title })} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (isSure) void task.run()
        }}
      >
        <p>{t('details.deleteText')}</p>
        <Field
          label={t('details.deleteConfirm', { room: room.title })}
          autocomplete="off"
          spellcheck={false}
          autofocus
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <FormError text={task.error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button danger" disabled={!isSure || task.isBusy}>
            {t('details.deleteAction')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
