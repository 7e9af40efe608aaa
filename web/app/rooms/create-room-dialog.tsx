import { useState } from 'preact/hooks'
import { client } from '../chat/client.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field, FormError, valueOf } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { TaskForm } from '../parts/task-form.tsx'
import { useTask } from '../parts/use-task.ts'
import { navigate, paths } from '../shell/router.ts'
import { t } from '../text/text.ts'
import './create-room-dialog.css'

const kinds = ['public', 'private'] as const

export function CreateRoomDialog({ onClose }: { readonly onClose: () => void }) {
  const [kind, setKind] = useState<(typeof kinds)[number]>('public')
  const create = useTask(async (form: FormData) => {
    const room = await client.request('POST /api/rooms/', {
      body: { title: valueOf(form, 'title'), description: valueOf(form, 'description'), kind },
    })
    onClose()
    navigate(paths.room(room.id))
  })
  return (
    <Dialog title={t('rooms.createTitle')} onClose={onClose}>
      <TaskForm task={create}>
        <Field
          label={t('rooms.title')}
          name="title"
          required
          maxLength={100}
          autocomplete="off"
          autofocus
          error={create.errorOf('title')}
        />
        <Field
          label={t('rooms.description')}
          name="description"
          maxLength={1000}
          autocomplete="off"
          hint={t('rooms.descriptionHint')}
          error={create.errorOf('description')}
        />
        <fieldset class="choices">
          <legend>{t('rooms.kind')}</legend>
          {kinds.map((each) => (
            <label key={each} class="choice">
              <input
                type="radio"
                name="kind"
                value={each}
                checked={kind === each}
                onChange={() => setKind(each)}
              />
              <Icon name={each === 'public' ? 'hash' : 'lock'} />
              <span>
                <b>{t(each === 'public' ? 'rooms.public' : 'rooms.private')}</b>
                <small>{t(each === 'public' ? 'rooms.publicHint' : 'rooms.privateHint')}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <FormError text={create.errorOf('title') ? null : create.error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={create.isBusy}>
            {t('rooms.createAction')}
          </button>
        </div>
      </TaskForm>
    </Dialog>
  )
}
