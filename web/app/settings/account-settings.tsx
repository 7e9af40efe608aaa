import { useRef, useState } from 'preact/hooks'
import { farewell } from '../accounts/farewell.ts'
import { client, session } from '../chat/client.ts'
import { forgetDrafts } from '../chat/drafts.ts'
import { forgetOwnName } from '../chat/own-name.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field, FormError, valueOf } from '../parts/field.tsx'
import { TaskForm } from '../parts/task-form.tsx'
import { navigate } from '../shell/router.ts'
import { t } from '../text/text.ts'
import { ExportData } from './export-data.tsx'
import { Saved } from './saved.tsx'
import { SettingsPart } from './settings-part.tsx'
import { useWithPassword } from './use-with-password.ts'

export function AccountSettings() {
  const [isAsking, setAsking] = useState(false)
  return (
    <>
      <SettingsPart title={t('settings.password')}>
        <PasswordForm />
      </SettingsPart>
      <SettingsPart title={t('settings.export')} text={t('settings.exportText')}>
        <ExportData />
      </SettingsPart>
      <SettingsPart title={t('settings.deleteAccount')} text={t('settings.deleteText')}>
        <button type="button" class="button danger" onClick={() => setAsking(true)}>
          {t('settings.deleteAccount')}
        </button>
        {isAsking && <DeleteDialog onClose={() => setAsking(false)} />}
      </SettingsPart>
    </>
  )
}

function PasswordForm() {
  const [hasChanged, setChanged] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const { task, wrong } = useWithPassword(async (given) => {
    setChanged(false)
    await client.request('POST /api/users/me/password/', {
      body: {
        current_password: valueOf(given, 'current_password'),
        new_password: valueOf(given, 'new_password'),
      },
    })
    form.current?.reset()
    setChanged(true)
  })
  const ofNew = task.errorOf('new_password')
  return (
    <TaskForm task={task} formRef={form}>
      {/* For the browser's password manager. */}
      <input
        type="text"
        name="username"
        autocomplete="username"
        value={session.value.user?.username}
        readOnly
        hidden
      />
      <Field
        label={t('settings.currentPassword')}
        name="current_password"
        type="password"
        autocomplete="current-password"
        required
        error={wrong ?? task.errorOf('current_password')}
      />
      <Field
        label={t('settings.newPassword')}
        name="new_password"
        type="password"
        autocomplete="new-password"
        required
        minLength={8}
        hint={t('settings.passwordHint')}
        error={ofNew}
      />
      <FormError text={ofNew ? null : task.error} />
      <div class="settings-actions">
        <button type="submit" class="button" disabled={task.isBusy}>
          {t('settings.changePassword')}
        </button>
        <Saved text={hasChanged ? t('settings.passwordChanged') : null} />
      </div>
    </TaskForm>
  )
}

function DeleteDialog({ onClose }: { readonly onClose: () => void }) {
  const { task, wrong } = useWithPassword(async (given) => {
    const userId = session.peek().user?.id
    // The server closes the socket of a deleted account. The page must not show that as an unexpected end of the
    // session.
    client.disconnect()
    try {
      await client.request('DELETE /api/users/me/', {
        body: {
          password: valueOf(given, 'password'),
          delete_messages: given.has('delete_messages'),
        },
      })
    } catch (error) {
      client.connect()
      throw error
    }
    farewell.value = 'deleted'
    if (userId) forgetDrafts(userId)
    forgetOwnName()
    navigate('/login')
    await client.logout()
  })
  return (
    <Dialog title={t('settings.deleteTitle')} onClose={onClose}>
      <TaskForm task={task}>
        <p>{t('settings.deleteText')}</p>
        <p>{t('settings.deleteWarning')}</p>
        <Field
          label={t('accounts.password')}
          name="password"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          error={wrong ?? task.errorOf('password')}
        />
        <div class="settings-check">
          <input id="delete-messages" name="delete_messages" type="checkbox" />
          <label for="delete-messages">{t('settings.deleteMessages')}</label>
        </div>
        <FormError text={task.errorOf('password') ? null : task.error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button danger" disabled={task.isBusy}>
            {t('settings.deleteAction')}
          </button>
        </div>
      </TaskForm>
    </Dialog>
  )
}
