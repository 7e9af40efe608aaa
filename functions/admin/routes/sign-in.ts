import type { Hono } from 'hono'
import { loginRequest } from '../../../src/protocol/accounts.ts'
import { parse } from '../../../src/protocol/parse.ts'
import { findAdmin, signIn, signOut } from '../../../src/core/admin/session.ts'
import { ChatError } from '../../../src/core/errors.ts'
import { chargeAddress } from '../../http/limited.ts'
import { type Env, readAddress, type Request } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import { dropToken, keepFormToken, keepToken, readToken } from '../cookies.ts'
import { csrfField, csrfTokenOf } from '../csrf.ts'
import { capital } from '../error-page.ts'
import { html, type Html, nothing } from '../html.ts'
import { layout } from '../layout.ts'
import { checkOrigin, readCheckedForm } from '../pages.ts'
import { message, textField } from '../parts.ts'

export function signInPages(app: Hono<Env>, runtime: AdminRuntime): void {
  const { db } = runtime

  app.get('/admin/sign-in', async (c) => {
    const token = readToken(c, 'session')
    if (token !== undefined) {
      if (await findAdmin(db, token)) return c.redirect('/admin/', 303)
      dropToken(c, 'session')
    }
    const ended = token === undefined ? nothing : message('done', 'You are signed out.')
    return c.html(signInPage(c, { said: ended }))
  })

  app.post('/admin/sign-in', async (c) => {
    checkOrigin(c)
    const form = await readCheckedForm(c, readToken(c, 'form'))
    await chargeAddress(c, runtime, 'sign-in')
    // Whatever cannot be a name answers as a name that is not known.
    const given = parse(loginRequest, form)
    const request = given.ok ? given.value : { username: '', password: '' }
    try {
      keepToken(c, 'session', await signIn(runtime, request, readAddress(c)))
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'unauthenticated') throw error
      const said = message('error', `${capital(error.message)}.`)
      return c.html(signInPage(c, { said, username: form['username'] }), 403)
    }
    dropToken(c, 'form')
    return c.redirect('/admin/', 303)
  })

  app.post('/admin/sign-out', async (c) => {
    checkOrigin(c)
    const token = readToken(c, 'session')
    const admin = token === undefined ? undefined : await findAdmin(db, token)
    if (admin) {
      await readCheckedForm(c, token)
      await signOut(db, { ...admin, address: readAddress(c) })
    }
    return c.redirect('/admin/sign-in/', 303)
  })
}

function signInPage(
  c: Request,
  { said, username = '' }: { said: Html; username?: string | undefined },
): Html {
  const csrf = csrfTokenOf(keepFormToken(c))
  return layout({
    title: 'Sign in',
    body: html`${said}
      <form class="narrow" method="post" action="/admin/sign-in/">
        ${csrfField(csrf)}
        ${textField({ name: 'username', label: 'Username', value: username, autocomplete: 'username' })}
        ${textField({
          name: 'password',
          label: 'Password',
          type: 'password',
          autocomplete: 'current-password',
        })}
        <button class="primary">Sign in</button>
      </form>`,
  })
}
