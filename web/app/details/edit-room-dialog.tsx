import type { Room } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field, FormError, valueOf } from '../parts/field.tsx'
import { TaskForm } from '../parts/task-form.tsx'
import { useTask } from '../parts/use-task.ts'
import { t } from '../text/text.ts'

export function EditRoomDialog({
  room,
  onClose,
}: {
  readonly room: Room
  readonly onClose: () => void
}) {
  const save = useTask(async (form: FormData) => {
    const title = valueOf(form, 'title')
    const description = valueOf(form, 'description').replaceAll('\r\n', '\n')
    // A field that another user has changed meanwhile must not be reset.
    const change = {
      ...(title !== room.title && { title }),
      ...(description !== room.description && { description }),
    }
    if (Object.keys(change).length > 0) {
      await client.request('PATCH /api/rooms/{room_id}/', {
        params: { room_id: room.id },
        body: change,
      })
    }
    onClose()
  })
  const hasFieldErrors = ['title', 'description'].some(save.errorOf)
  return (
    <Dialog title={t('details.editTitle')} onClose={onClose}>
      <TaskForm task={save}>
        <Field
          label={t('rooms.title')}
          name="title"
          required
          maxLength={100}
          autocomplete="off"
          defaultValue={room.title}
          autofocus
          error={save.errorOf('title')}
        />
        <Field
          label={t('rooms.description')}
          name="description"
          isLong
          maxLength={1000}
          autocomplete="off"
          defaultValue={room.description}
          hint={t('rooms.descriptionHint')}
          error={save.errorOf('description')}
        />
        <FormError text={hasFieldErrors ? null : save.error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={save.isBusy}>
            {t('common.save')}
          </button>
        </div>
      </TaskForm>
    </Dialog>
  )
}
