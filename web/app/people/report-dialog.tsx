import { useId, useState } from 'preact/hooks'
import { client } from '../chat/client.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field, FormError, valueOf } from '../parts/field.tsx'
import { TaskForm } from '../parts/task-form.tsx'
import { useTask } from '../parts/use-task.ts'
import { t } from '../text/text.ts'
import { type Reported, reported } from './reporting.ts'

const reasons = ['spam', 'harassment', 'hate', 'violence', 'sexual', 'other'] as const
type Reason = (typeof reasons)[number]

const close = () => void (reported.value = null)

async function send(about: Reported, body: { reason: Reason; text: string }): Promise<void> {
  if (about.what === 'user') {
    const params = { username: about.username }
    await client.request('PUT /api/users/{username}/report/', { params, body })
  } else {
    const params = { room_id: about.roomId, seq: about.seq }
    await client.request('PUT /api/messages/{room_id}/{seq}/report/', { params, body })
  }
}

/** Reports a message or a user to the admins. */
export function ReportDialog({ about }: { readonly about: Reported }) {
  const id = useId()
  const [reason, setReason] = useState<Reason | undefined>()
  const [isDone, setDone] = useState(false)
  const report = useTask(async (form: FormData) => {
    if (!reason) return
    await send(about, { reason, text: valueOf(form, 'text').replaceAll('\r\n', '\n') })
    setDone(true)
  })
  const { name } = about
  const title =
    about.what === 'user' ? t('reports.titleUser', { name }) : t('reports.titleMessage', { name })
  if (isDone) {
    return (
      <Dialog title={title} onClose={close}>
        <p role="status">{t('reports.done')}</p>
        <div class="dialog-actions">
          <button type="button" class="button primary" autofocus onClick={close}>
            {t('common.close')}
          </button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title={title} onClose={close}>
      <TaskForm task={report}>
        <p>{about.what === 'user' ? t('reports.aboutUser') : t('reports.aboutMessage')}</p>
        <div class="field">
          <label for={id}>{t('reports.reason')}</label>
          <select
            id={id}
            name="reason"
            required
            autofocus
            value={reason ?? ''}
            onChange={({ currentTarget: { value } }) =>
              setReason(reasons.find((each) => each === value))
            }
          >
            <option value="" disabled>
              {t('reports.choose')}
            </option>
            {reasons.map((each) => (
              <option key={each} value={each}>
                {t(`reports.reason_${each}`)}
              </option>
            ))}
          </select>
        </div>
        <Field
          label={t('reports.text')}
          name="text"
          isLong
          required={reason === 'other'}
          maxLength={1000}
          autocomplete="off"
          hint={reason === 'other' ? t('reports.textNeeded') : t('reports.textHint')}
          error={report.errorOf('text')}
        />
        <FormError text={report.errorOf('text') ? null : report.error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={close}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={report.isBusy}>
            {t('reports.action')}
          </button>
        </div>
      </TaskForm>
    </Dialog>
  )
}
