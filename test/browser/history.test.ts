/** Long rooms: their history comes in pages while the reader scrolls. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { messageWith, openPage, signInAt } from '../support/open-page.ts'
import { browser, server, usePageServer } from '../support/page-server.ts'

usePageServer()

/** Makes a room of many messages. The message before the last one is a reply to one of the first ones. */
async function makeLongRoom(count: number) {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Annals' })
  await sql`
    with added as (
      insert into messages (room_id, seq, user_id, text, created_at, reply_to)
      select cast(${room.id} as bigint), n, cast(${user.id} as bigint), 'day ' || n, now(),
          case when n = ${count}::int - 1 then 10 end
        from generate_series(2, ${count}::int) n returning id, room_id, seq, user_id, created_at
    ), logged as (
      insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
      select room_id, seq, 'message', created_at, user_id, id from added
    )
    update rooms set last_seq = ${count}::int where id = cast(${room.id} as bigint)`.execute(
    server.db,
  )
  return { user, room }
}

test('a reader who scrolls to the beginning of a long room leaves no rows behind', async () => {
  const count = 1_500
  const { user, room } = await makeLongRoom(count)
  await using opened = await openPage(browser, server.url)
  const { page, context } = opened
  await signInAt(page, `${server.url}/rooms/${room.id}`, user.username)
  await messageWith(page, `day ${count}`).waitFor()
  await page.locator('.message-scroller').hover()
  const beginning = page.locator('.room-beginning')
  while (!(await beginning.isVisible())) await page.mouse.wheel(0, -2_000)
  await messageWith(page, 'day 2').first().waitFor()

  const cdp = await context.newCDPSession(page)
  const nodes = async () => {
    await cdp.send('HeapProfiler.collectGarbage')
    return (await cdp.send('Memory.getDOMCounters')).nodes
  }
  // A row has about ten nodes. What the rest of the page has is far less than what 1,500 rows would have.
  await expect.poll(nodes, { timeout: 8_000 }).toBeLessThan(6_000)
})

test('a quote leads to its message also while the list is scrolled', async () => {
  const count = 400
  const { user, room } = await makeLongRoom(count)
  await using opened = await openPage(browser, server.url)
  const { page } = opened
  await signInAt(page, `${server.url}/rooms/${room.id}`, user.username)
  await messageWith(page, `day ${count}`).waitFor()
  await page.evaluate(`(async () => {
    const scroller = document.querySelector('.message-scroller')
    for (let step = 0; step < 40; step++) {
      scroller.scrollBy(0, step % 2 === 0 ? -2 : 2)
      if (step === 5) document.querySelector('.reply-quote').click()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()`)
  await page.locator('[data-pointed][data-seq="10"]').waitFor()
  expect(await messageWith(page, `day ${count}`).count()).toBe(0)
})
