import type { Hono } from 'hono'
import * as z from 'zod'
import { loginRequest } from '../../../src/protocol/accounts.ts'
import type { FieldError } from '../../../src/protocol/errors.ts'
import { text } from '../../../src/protocol/fields.ts'
import { parse } from '../../../src/protocol/parse.ts'
import {
  awaitsCode,
  findAdmin,
  signInAdmin,
  signInWithCode,
  signOut,
} from '../../../src/core/admin/session.ts'
import { ChatError } from '../../../src/core/errors.ts'
import { chargeAddress } from '../../http/limited.ts'
import { type Env, readAddress, type RequestContext } from '../../http/request.ts'
import type { AdminRuntime } from '../../runtime.ts'
import { dropToken, keepFormToken, keepToken, readToken } from '../cookies.ts'
import { csrfField, csrfTokenOf } from '../csrf.ts'
import { capital } from '../error-page.ts'
import { html, type Html, nothing } from '../html.ts'
import { adminLayout } from '../layout.ts'
import { checkOrigin, readCheckedForm } from '../pages.ts'
import { messageBox, textField } from '../parts.ts'

export function signInPages(app: Hono<Env>, runtime: AdminRuntime): void {
  const { db } = runtime

  app.get('/admin/sign-in', async (c) => {
    const token = readToken(c, 'session')
    if (token !== undefined) {
      if (await findAdmin(db, token)) return c.redirect('/admin/', 303)
      dropToken(c, 'session')
    }
    const ended = token === undefined ? nothing : messageBox('done', 'You are signed out.')
    return c.html(signInPage(c, { said: ended }))
  })

  app.post('/admin/sign-in', async (c) => {
    checkOrigin(c)
    const form = await readCheckedForm(c, readToken(c, 'form'))
    await chargeAddress(c, runtime, 'sign-in')
    // An impossible username gets the same answer as an unknown one.
    const given = parse(loginRequest, form)
    const request = given.ok ? given.value : { username: '', password: '' }
    try {
      const come = await signInAdmin(runtime, request, readAddress(c))
      if ('codeToken' in come) {
        // This token is new, so nobody can have known it before the password was right. The CSRF tokens come from it.
        keepToken(c, 'form', come.codeToken)
        return c.redirect('/admin/sign-in/code/', 303)
      }
      keepToken(c, 'session', come.sessionToken)
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'unauthenticated') throw error
      const said = messageBox('error', `${capital(error.message)}.`)
      return c.html(signInPage(c, { said, username: form['username'] }), 403)
    }
    dropToken(c, 'form')
    return c.redirect('/admin/', 303)
  })

  app.get('/admin/sign-in/code', async (c) => {
    const token = readToken(c, 'form')
    if (token === undefined || !(await awaitsCode(db, token))) {
      return c.redirect('/admin/sign-in/', 303)
    }
    return c.html(codePage(token))
  })

  app.post('/admin/sign-in/code', async (c) => {
    checkOrigin(c)
    const token = readToken(c, 'form')
    const form = await readCheckedForm(c, token)
    await chargeAddress(c, runtime, 'sign-in')
    const given = parse(codeForm, form)
    if (!given.ok) return c.html(codePage(token!, given.errors), 400)
    try {
      const { code } = given.value
      keepToken(c, 'session', await signInWithCode(runtime, token!, code, readAddress(c)))
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      if (error.code === 'code_required') {
        return c.html(codePage(token!, [{ field: 'code', message: wrongCode }]), 403)
      }
      if (error.code !== 'session_revoked' && error.code !== 'unauthenticated') throw error
      const said = messageBox(
        'error',
        'The sign-in took too long, or the account has changed. Sign in again.',
      )
      return c.html(signInPage(c, { said }), 403)
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

const codeForm = z.strictObject({ code: text(1, 64) })
const wrongCode =
  'is wrong, or was used already. Give the code that the app shows now, or an unused recovery code'

/** [A8] The second step, for an account with a second factor. */
function codePage(token: string, errors: readonly FieldError[] = []): Html {
  return adminLayout({
    title: 'Enter your code',
    body: html`<p>Your password is right. This account also needs a code.</p>
      <form class="narrow" method="post" action="/admin/sign-in/code/">
        ${csrfField(csrfTokenOf(token))}
        ${textField({
          name: 'code',
          label: 'Code',
          hint: 'The 6 digits that your authenticator app shows now, or one of your recovery codes.',
          autocomplete: 'one-time-code',
          isFocused: true,
          errors,
        })}
        <div class="buttons">
          <button class="primary">Sign in</button>
          <a href="/admin/sign-in/">Start again</a>
        </div>
      </form>`,
  })
}

function signInPage(
  c: RequestContext,
  { said, username = '' }: { said: Html; username?: string | undefined },
): Html {
  const csrf = csrfTokenOf(keepFormToken(c))
  return adminLayout({
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
