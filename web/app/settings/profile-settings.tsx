import { useEffect, useState } from 'preact/hooks'
import type { User } from '../../../src/client/index.ts'
import { changeProfile, loadProfile, profile } from '../chat/client.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Field, FormError, valueOf } from '../parts/field.tsx'
import { Loading, Notice } from '../parts/notice.tsx'
import { TaskForm } from '../parts/task-form.tsx'
import { useTask } from '../parts/use-task.ts'
import { nameOf } from '../chat/names.ts'
import { t } from '../text/text.ts'
import { Saved } from './saved.tsx'

export function ProfileSettings() {
  const load = useTask(async () => await loadProfile())
  useEffect(() => {
    if (!profile.peek()) void load.run()
  }, [])
  const me = profile.value
  if (me) return <ProfileForm me={me} />
  if (!load.error) return <Loading label={t('settings.loadingProfile')} />
  return (
    <Notice icon="warning" title={t('settings.profileFailed')} text={load.error}>
      <button type="button" class="button" onClick={() => void load.run()}>
        {t('common.tryAgain')}
      </button>
    </Notice>
  )
}

const fields = ['display_name', 'bio', 'email'] as const

function ProfileForm({ me }: { readonly me: User }) {
  const [hasSaved, setSaved] = useState(false)
  const save = useTask(async (form: FormData) => {
    setSaved(false)
    const given = {
      display_name: valueOf(form, 'display_name').trim() || null,
      bio: valueOf(form, 'bio').replaceAll('\r\n', '\n'),
      email: valueOf(form, 'email').trim(),
      read_receipts: form.has('read_receipts'),
    }
    await changeProfile({
      ...(given.display_name !== me.display_name && { display_name: given.display_name }),
      ...(given.bio !== me.bio && { bio: given.bio }),
      ...(given.email !== me.email && { email: given.email }),
      ...(given.read_receipts !== me.read_receipts && { read_receipts: given.read_receipts }),
    })
    setSaved(true)
  })
  return (
    <TaskForm task={save} look="settings-part" onInput={() => setSaved(false)}>
      <div class="settings-me">
        <Avatar id={me.id} name={nameOf(me)} size="l" />
        <div>
          <b dir="auto">{nameOf(me)}</b>
          <small>
            <bdi dir="ltr">@{me.username}</bdi>
          </small>
        </div>
      </div>
      <Field
        label={t('accounts.displayName')}
        name="display_name"
        autocomplete="name"
        maxLength={64}
        defaultValue={me.display_name ?? ''}
        hint={t('settings.displayNameHint')}
        error={save.errorOf('display_name')}
      />
      <Field
        label={t('settings.bio')}
        name="bio"
        isLong
        maxLength={500}
        defaultValue={me.bio}
        hint={t('settings.bioHint')}
        error={save.errorOf('bio')}
      />
      <Field
        label={t('accounts.email')}
        name="email"
        type="email"
        autocomplete="email"
        required
        defaultValue={me.email}
        hint={t('settings.emailHint')}
        error={save.errorOf('email')}
      />
      <div class="settings-check">
        <input
          id="read-receipts"
          name="read_receipts"
          type="checkbox"
          defaultChecked={me.read_receipts}
          aria-describedby="read-receipts-hint"
        />
        <label for="read-receipts">{t('settings.readReceipts')}</label>
        <p id="read-receipts-hint">{t('settings.readReceiptsHint')}</p>
      </div>
      <FormError text={fields.some(save.errorOf) ? null : save.error} />
      <div class="settings-actions">
        <button type="submit" class="button primary" disabled={save.isBusy}>
          {t('common.save')}
        </button>
        <Saved text={hasSaved ? t('settings.saved') : null} />
      </div>
    </TaskForm>
  )
}
