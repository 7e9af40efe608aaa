import { useEffect, useState } from 'preact/hooks'
import { client, isChatError, session } from '../chat/client.ts'
import { Field, FormError, valueOf } from '../parts/field.tsx'
import { TaskForm } from '../parts/task-form.tsx'
import { useTask } from '../parts/use-task.ts'
import { navigate } from '../shell/router.ts'
import { t } from '../text/text.ts'
import { farewell, knownUsername } from './farewell.ts'
import { SignInFrame } from './sign-in.tsx'

/**
 * Returns the token of the address, also when another link is opened in the same tab. The page is not loaded
 * again then.
 */
function useToken(): string {
  const [token, setToken] = useState(location.hash.slice(1))
  useEffect(() => {
    const read = () => setToken(location.hash.slice(1))
    addEventListener('hashchange', read)
    return () => removeEventListener('hashchange', read)
  }, [])
  return token
}

/**
 * The page for a link that an admin has made. The token is in the fragment of the address. Browsers do not send
 * the fragment to a server, so it is in no log and no referrer.
 */
export function SetPassword() {
  const token = useToken()
  const { user } = session.value
  const [isInvalid, setInvalid] = useState(false)
  const task = useTask(async (form: FormData) => {
    setInvalid(false)
    try {
      const { username } = await client.request('POST /api/password-link/', {
        body: { token, new_password: valueOf(form, 'new_password') },
      })
      knownUsername.value = username
    } catch (error) {
      if (!isChatError(error) || error.code !== 'not_found') throw error
      setInvalid(true)
      return
    }
    farewell.value = 'passwordSet'
    if (session.peek().user) await client.logout()
    navigate('/login', { replace: true })
  })
  const ofNew = task.errorOf('new_password')
  if (!token) {
    return (
      <SignInFrame title={t('passwordLink.title')}>
        <FormError text={t('passwordLink.noToken')} />
      </SignInFrame>
    )
  }
  return (
    <SignInFrame title={t('passwordLink.title')}>
      <p>{t('passwordLink.text')}</p>
      {user && <p class="door-farewell">{t('passwordLink.otherUser', { name: user.username })}</p>}
      <TaskForm task={task}>
        <Field
          label={t('settings.newPassword')}
          name="new_password"
          type="password"
          autocomplete="new-password"
          required
          minLength={8}
          hint={t('accounts.passwordHint')}
          autofocus
          error={ofNew}
        />
        <FormError text={isInvalid ? t('passwordLink.notValid') : ofNew ? null : task.error} />
        <button type="submit" class="button primary" disabled={task.isBusy}>
          {t('passwordLink.action')}
        </button>
      </TaskForm>
    </SignInFrame>
  )
}
