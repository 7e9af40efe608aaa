import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { isChatError, register, session, signIn } from '../chat/client.ts'
import { Field, FormError, valueOf } from '../parts/field.tsx'
import { Logo } from '../parts/icon.tsx'
import { TaskForm } from '../parts/task-form.tsx'
import { useTask } from '../parts/use-task.ts'
import { navigate, route } from '../shell/router.ts'
import { t } from '../text/text.ts'
import { farewell, knownUsername } from './farewell.ts'
import './sign-in.css'

/** Signing in keeps the address, so a link to a room leads to the room afterwards. */
function leave(): void {
  const { name } = route.peek()
  if (name === 'login' || name === 'register') navigate(nextPath(), { replace: true })
}

/** Returns where the user wanted to go before they were asked to sign in. Only pages of the app count. */
function nextPath(): string {
  const next = new URLSearchParams(location.search).get('next') ?? '/'
  return /^\/(?![/\\])/.test(next) ? next : '/'
}

function withNext(path: string): string {
  const { name } = route.value
  const next = name === 'login' || name === 'register' ? nextPath() : location.pathname
  return next === '/' ? path : `${path}?next=${encodeURIComponent(next)}`
}

export function SignIn() {
  const { error } = session.value
  /** [A8] The user whose password was right, and who must enter a code. It is not stored. */
  const [given, setGiven] = useState<Given | null>(null)
  const task = useTask(async (form: FormData) => {
    const [username, password] = [valueOf(form, 'username'), valueOf(form, 'password')]
    try {
      await signIn(username, password)
    } catch (error) {
      if (!isCodeRequired(error)) throw error
      setGiven({ username, password })
      return
    }
    farewell.value = null
    knownUsername.value = ''
    leave()
  })
  if (given) return <CodeStep given={given} onCancel={() => setGiven(null)} />
  return (
    <SignInFrame title={t('accounts.signIn')}>
      {farewell.value && !task.error && (
        <p class="door-farewell" role="status">
          {t(farewell.value === 'deleted' ? 'accounts.accountDeleted' : 'accounts.passwordSet')}
        </p>
      )}
      {error && !farewell.value && !task.error && <FormError text={t('accounts.sessionEnded')} />}
      <TaskForm task={task}>
        <Field
          label={t('accounts.username')}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          autofocus={!knownUsername.value}
          defaultValue={knownUsername.value}
        />
        <Field
          label={t('accounts.password')}
          name="password"
          type="password"
          autocomplete="current-password"
          required
          autofocus={!!knownUsername.value}
        />
        <FormError text={task.error} />
        <button type="submit" class="button primary" disabled={task.isBusy}>
          {t('accounts.signIn')}
        </button>
      </TaskForm>
      <p class="door-other">
        {t('accounts.noAccount')} <a href={withNext('/register')}>{t('accounts.register')}</a>
      </p>
    </SignInFrame>
  )
}

interface Given {
  readonly username: string
  readonly password: string
}

const isCodeRequired = (error: unknown) => isChatError(error) && error.code === 'code_required'

/** The second step, for accounts with a second factor. */
function CodeStep({ given, onCancel }: { readonly given: Given; readonly onCancel: () => void }) {
  const [isWrong, setWrong] = useState(false)
  const task = useTask(async (form: FormData) => {
    setWrong(false)
    try {
      await signIn(given.username, given.password, valueOf(form, 'code'))
    } catch (error) {
      if (!isCodeRequired(error)) throw error
      setWrong(true)
      return
    }
    farewell.value = null
    leave()
  })
  return (
    <SignInFrame title={t('accounts.codeTitle')}>
      <p>{t('accounts.codeText')}</p>
      <TaskForm task={task}>
        <Field
          label={t('accounts.code')}
          name="code"
          autocomplete="one-time-code"
          autocapitalize="none"
          spellcheck={false}
          dir="ltr"
          maxLength={64}
          required
          autofocus
          hint={t('accounts.codeHint')}
          error={isWrong ? t('accounts.codeWrong') : undefined}
        />
        <FormError text={task.error} />
        <button type="submit" class="button primary" disabled={task.isBusy}>
          {t('accounts.signIn')}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {t('accounts.startAgain')}
        </button>
      </TaskForm>
    </SignInFrame>
  )
}

export function Register() {
  const [isTaken, setTaken] = useState(false)
  const task = useTask(async (form: FormData) => {
    const displayName = valueOf(form, 'display_name').trim()
    setTaken(false)
    try {
      await register({
        username: valueOf(form, 'username'),
        password: valueOf(form, 'password'),
        email: valueOf(form, 'email'),
        ...(displayName && { display_name: displayName }),
      })
      leave()
    } catch (error) {
      if (!isChatError(error) || error.code !== 'conflict') throw error
      setTaken(true)
    }
  })
  const hasFieldErrors = ['username', 'password', 'email', 'display_name'].some(task.errorOf)
  return (
    <SignInFrame title={t('accounts.register')}>
      <TaskForm task={task}>
        <Field
          label={t('accounts.username')}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          maxLength={32}
          pattern="[A-Za-z0-9_]+"
          title={t('accounts.usernameHint')}
          hint={t('accounts.usernameHint')}
          autofocus
          error={isTaken ? t('accounts.usernameTaken') : task.errorOf('username')}
        />
        <Field
          label={t('accounts.displayName')}
          name="display_name"
          autocomplete="name"
          maxLength={64}
          hint={t('accounts.displayNameHint')}
          error={task.errorOf('display_name')}
        />
        <Field
          label={t('accounts.email')}
          name="email"
          type="email"
          autocomplete="email"
          required
          error={task.errorOf('email')}
        />
        <Field
          label={t('accounts.password')}
          name="password"
          type="password"
          autocomplete="new-password"
          required
          minLength={8}
          hint={t('accounts.passwordHint')}
          error={task.errorOf('password')}
        />
        <FormError text={hasFieldErrors ? null : task.error} />
        <button type="submit" class="button primary" disabled={task.isBusy}>
          {t('accounts.registerAction')}
        </button>
      </TaskForm>
      <p class="door-other">
        {t('accounts.haveAccount')} <a href={withNext('/login')}>{t('accounts.signIn')}</a>
      </p>
    </SignInFrame>
  )
}

/** A page for users who are not signed in. */
export function SignInFrame({
  title,
  children,
}: {
  readonly title: string
  readonly children: ComponentChildren
}) {
  return (
    <main class="door">
      <div class="door-box">
        <p class="door-brand">
          <Logo />
          <b>{t('common.product')}</b>
        </p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  )
}
