/**
 * Names, titles and texts that are made to deceive or to break the page. Nothing in them runs, and everything stays in
 * its place.
 */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { ok } from '../support/answers.ts'
import { messageWith, openPage, signInAt } from '../support/open-page.ts'
import { browser, server, usePageServer } from '../support/page-server.ts'
import { skeletonOf } from '../../web/app/people/lookalikes.ts'

usePageServer()

const markup = '<img src=x onerror="window.ran = 1">'
/** Reverses the text after it, and is never closed. */
const turned = '\u202egnp.exe\u2067'
const hebrew = 'שלום \u200f(1)'
const zalgo = Array.from('zalgo', (letter) => letter + '\u0321\u0334\u035b\u0310'.repeat(8)).join(
  '',
)

const texts = [
  markup,
  '<script>window.ran = 1</script><svg onload="window.ran = 1"><a href="javascript:window.ran = 1">a</a>',
  '[run](javascript:window.ran=1) [run](JaVaScRiPt:window.ran=1) [run](&#106;avascript:window.ran=1)',
  '[run](data:text/html,<script>window.ran=1</script>) [run](vbscript:a) [run](//evil.example) <javascript:window.ran=1>',
  '![look](javascript:window.ran=1) ![look](https://evil.example/a.png)',
  '[https://bank.example](https://evil.example/)',
  `a ${turned} hostile`,
  `**${hebrew}** hostile`,
  `${zalgo} hostile`,
  'W'.repeat(4_000),
  `\`${'x'.repeat(500)}\``,
  `> ${'q'.repeat(500)}\n\n- ${'l'.repeat(500)}\n\n\`\`\`\n${'c'.repeat(500)}\n\`\`\``,
]
const names = [markup, hebrew, zalgo.slice(0, 60), 'W'.repeat(64), 'Ann Berg', 'Аnn Веrg']
const titles = [`${markup} ${turned}`, hebrew, zalgo.slice(0, 90), 'W'.repeat(100)]

/**
 * Returns the faults of the screen: elements that navigate or load, lie beyond the edge, or change the direction of
 * their neighbours.
 */
const faultsOn = async (page: Page) =>
  await page.evaluate<string[]>(`(() => {
    const faults = []
    const about = (element) => element.outerHTML.slice(0, 120)
    if (window.ran) faults.push('a text ran')
    for (const each of document.querySelectorAll('img, iframe, object, embed, #app script, #app style')) {
      faults.push('made of a text: ' + about(each))
    }
    for (const link of document.querySelectorAll('a[href]')) {
      if (!/^(https?|mailto):$/.test(link.protocol)) faults.push('leads to: ' + link.href)
    }
    if (document.scrollingElement.scrollWidth > innerWidth) faults.push('the page scrolls sideways')
    for (const each of document.querySelectorAll('#app *')) {
      const { overflowX } = getComputedStyle(each)
      const isScroller = overflowX === 'auto' || overflowX === 'scroll'
      if (isScroller && !each.matches('pre, textarea') && each.scrollWidth > each.clientWidth + 1) {
        faults.push('scrolls sideways: ' + about(each))
      }
    }
    for (const each of document.querySelectorAll('button, a.icon-button, input, textarea, [role=option], time')) {
      const { left, right, width } = each.getBoundingClientRect()
      if (width > 1 && each.checkVisibility() && (left < -1 || right > innerWidth + 1)) {
        faults.push('beyond the edge: ' + about(each))
      }
    }
    const walker = document.createTreeWalker(document.querySelector('#app'), NodeFilter.SHOW_TEXT)
    for (let text; (text = walker.nextNode()); ) {
      const { data, parentElement } = text
      if (!/[\\u0590-\\u05ff\\u202a-\\u202e\\u2066\\u2067]/.test(data)) continue
      const isIsolated = parentElement.closest('bdi, [dir]:not(html), .avatar') || /^[^]*\\u2068[^]*\\u2069/.test(data)
      if (!isIsolated) faults.push('turns what is beside it: ' + about(parentElement))
    }
    for (const each of document.querySelectorAll('#app *')) {
      const isStacked = [...each.childNodes].some(({ nodeType, data }) => nodeType === 3 && /\\p{M}{12}/u.test(data))
      if (!isStacked || each.closest('.avatar') || !each.checkVisibility() || each.getBoundingClientRect().width < 2) continue
      let box = each
      while (box && getComputedStyle(box).overflowY === 'visible') box = box.parentElement
      const isOwn = box === each || box?.matches('.message-text')
      if (!box || (!isOwn && box.getBoundingClientRect().height > 120)) faults.push('reaches into others: ' + about(each))
    }
    return faults
  })()`)

test.each([
  ['a phone', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }],
  ['a desktop', {}],
])(
  'hostile names, titles and texts run nothing and stay in their places on %s',
  async (_, look) => {
    const user = await server.register()
    const others = await Promise.all(names.map(async () => await server.register()))
    await Promise.all(
      others.map(async (other, at) => {
        const display_name = names[at]!
        await ok(
          other.patch('/api/users/me/', { display_name, bio: texts.join('\n').slice(0, 500) }),
        )
      }),
    )
    const rooms = await Promise.all(
      titles.map(async (title) => {
        return await user.createRoom({
          title,
          description: texts.slice(0, 9).join('\n').slice(0, 999),
        })
      }),
    )
    const [room] = rooms
    for (const other of others) {
      await ok(other.post(`/api/rooms/${room!.id}/join/`))
      const { id } = await ok(other.post('/api/direct/', { username: user.username }))
      await ok(other.send(id, `@${user.username} ${texts[6]}`))
    }
    const seqs: number[] = []
    for (const [at, text] of texts.entries()) {
      const from = others[at % others.length]!
      const reply_to = seqs.at(-1)
      const { seq } = await ok(from.send(room!.id, text, reply_to ? { reply_to } : {}))
      seqs.push(seq)
    }
    await ok(others[1]!.send(room!.id, `@${user.username} ${turned} ${texts[9]!.slice(0, 900)}`))

    await using opened = await openPage(browser, server.url, look)
    const { page } = opened
    page.on('dialog', () => expect.unreachable('a text opened a dialog'))
    const found: Record<string, readonly string[]> = {}
    const examine = async (name: string) => {
      const faults = await faultsOn(page)
      if (faults.length > 0) found[name] = faults
    }
    await signInAt(page, `${server.url}/rooms/${room!.id}`, user.username)
    await messageWith(page, 'gnp.exe').last().waitFor()
    await examine('the conversation')
    for (const seq of seqs) {
      await page.locator(`[data-seq="${seq}"]`).scrollIntoViewIfNeeded()
      if (seq === seqs[6]) await examine('further up')
    }
    await examine('the beginning')
    expect(
      await page.locator('[data-seq] a[href^="javascript"], [data-seq] a[href^="data"]').count(),
    ).toBe(0)
    // The target of a link is visible before a click.
    const bank = page.getByRole('link', { name: 'https://bank.example' })
    expect(await bank.first().getAttribute('title')).toBe('https://evil.example/')
    expect(await page.title()).not.toMatch(/[\u202a-\u202e\u2066\u2067]/)

    const visit = async (path: string, ready: string) => {
      await page.goto(server.url + path)
      await page.locator(ready).first().waitFor()
      await examine(path)
    }
    for (const each of rooms.slice(1)) await visit(`/rooms/${each.id}`, 'h1')
    await visit('/', '.room-row')
    await visit('/browse', '.browse-room')
    await visit('/notifications', '.notification')
    await visit('/search?q=hostile', '.found-message')
    await visit(`/rooms/${room!.id}/search?q=hostile`, '.found-message')
    await visit(`/rooms/${room!.id}/details`, '.member')
    for (const { username } of others) {
      await page.locator(`.member-who[title="@${username}"]`).click()
      await page.locator('.profile-bio').waitFor()
      await examine(`the profile of ${username}`)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('dialog').waitFor()
    await examine('the dialog of the room')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.getByRole('option').first().waitFor()
    await examine('the switcher')
    await page.keyboard.press('Escape')
    expect(found).toEqual({})
  },
)

test('names that look alike have their usernames beside them, and other names do not', async () => {
  const [ann, mimic, bo] = [
    await server.register('real_ann'),
    await server.register('ann_2'),
    await server.register(),
  ]
  for (const [person, display_name] of [
    [ann, 'Ann Berg'],
    [mimic, 'Аnn Веrg'],
    [bo, 'Bo'],
  ] as const) {
    await ok(person.patch('/api/users/me/', { display_name }))
  }
  const room = await bo.createRoom({ title: 'Alike' })
  for (const each of [ann, mimic]) {
    await ok(each.post(`/api/rooms/${room.id}/join/`))
    await ok(each.send(room.id, `I am Ann ${each.username}, @${bo.username}`))
  }
  await ok(bo.send(room.id, 'Who?'))
  const direct = await ok(mimic.post('/api/direct/', { username: bo.username }))
  await using opened = await openPage(browser, server.url)
  const { page } = opened
  await signInAt(page, `${server.url}/rooms/${room.id}/details`, bo.username)
  await page.locator('.room-row', { hasText: '@ann_2' }).waitFor()
  for (const place of ['.message-by', '.member', '.notification-head', '.found-head']) {
    if (place === '.notification-head') await page.goto(`${server.url}/notifications`)
    if (place === '.found-head') await page.goto(`${server.url}/search?q=Ann`)
    const named = page.locator(place, { hasText: /Berg|Веrg/ })
    const tags = named.locator('.username-tag')
    await tags.nth(1).waitFor()
    expect((await tags.allTextContents()).toSorted()).toEqual(['@ann_2', '@real_ann'])
    const other = page.locator(place, { hasText: 'Bo' })
    expect(
      await other
        .filter({ hasNotText: /Berg|Веrg/ })
        .locator('.username-tag')
        .count(),
    ).toBe(0)
  }
  await page.goto(`${server.url}/rooms/${direct.id}`)
  await page.locator('.pane-title', { hasText: '@ann_2' }).waitFor()
})

describe('the skeleton of a name', () => {
  test.each([
    ['Ann Berg', 'Аnn Веrg'],
    ['paypal', 'раураl'],
    ['Illia', 'lllіа'],
    ['Zoë', 'Zoe\u0308\u200b'],
    ['moderator', 'rnoderat0r'],
    ['Olga', 'ΟLGA'],
  ])('is the same for %s and %s', (one, other) => expect(skeletonOf(other)).toBe(skeletonOf(one)))

  test.each([
    ['Ann', 'Anna'],
    ['Bo', 'Во́lо'],
    ['Юля', 'Оля'],
  ])('differs for %s and %s', (one, other) => expect(skeletonOf(other)).not.toBe(skeletonOf(one)))
})
