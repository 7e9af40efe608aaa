/**
 * The main story of the page: three people talk, one of them over a network that fails in each way that networks do.
 * It is told to any browser that a `Person` can be made of.
 */
import { expect } from 'vitest'
import { ok } from '../support/answers.ts'
import { type BadNetwork, openBadNetwork } from '../support/bad-network.ts'
import type { TestServer } from '../support/chat-server.ts'
import { testPassword } from '../support/test-user.ts'

/** Somebody at a browser of their own. */
export interface Person {
  open(url: string): Promise<void>
  /** Writes into the field of this name, which is empty. */
  fill(name: string, text: string): Promise<void>
  press(role: 'button' | 'link', name: string): Promise<void>
  /** What a program gives that is run in the page. */
  ask<T>(program: string): Promise<T>
  /** Tells the browser that the device has a network, or has none. */
  setOffline(isOffline: boolean): Promise<void>
  /** Sets the page's clock ahead, where the browser can do that; elsewhere the time passes by itself. */
  skip?(ms: number): Promise<void>
}

/** Runs before the page's own scripts, and writes down when sockets ended and when it was told to the reader. */
export const watching = `
  window.ended = []
  window.told = []
  const { WebSocket: Real } = window
  window.WebSocket = class extends Real {
    constructor(...given) {
      super(...given)
      this.addEventListener('close', () => window.ended.push(performance.now()))
    }
  }
  new MutationObserver(() => {
    const text = document.querySelector('.connection-banner')?.textContent ?? ''
    if (text && text !== window.told.at(-1)?.text) window.told.push({ text, at: performance.now() })
  }).observe(document, { subtree: true, childList: true, characterData: true })
`

/** What is slow on a busy machine, and what waits for a timer of the page where nothing skips it. */
export const patience = { timeout: 30_000, interval: 50 }

const room = 'Tea & talk'
const field = `Message ${room}`

/** What stands in the conversation, from the top down; what is not sent yet has no number. */
const screenOf = async (person: Person) =>
  await person.ask<
    [number | null, string]
  >(`[...document.querySelectorAll('article')].map((each) => [
    each.dataset.seq ? Number(each.dataset.seq) : null,
    each.querySelector('.message-text')?.textContent ?? '',
  ])`)

async function sees(person: Person, text: string): Promise<void> {
  const program = `document.body.innerText.includes(${JSON.stringify(text)})`
  await expect
    .poll(async () => await person.ask(program), { ...patience, message: text })
    .toBe(true)
}

async function signIn(person: Person, url: string, username: string): Promise<void> {
  await person.open(url)
  await person.fill('Username', username)
  await person.fill('Password', testPassword)
  await person.press('button', 'Sign in')
}

/** Each text is said once. */
const said: string[] = []

async function say(person: Person, text: string): Promise<void> {
  said.push(text)
  await person.fill(field, text)
  await person.press('button', 'Send')
}

interface Cast {
  readonly server: TestServer
  /** Ana sits at a desk, Bo has a phone. */
  readonly ana: Person
  readonly bo: Person
  /** Cy's browser knows the server by this network alone. */
  readonly makeCy: (url: string) => Promise<Person>
}

export async function tellMainStory({ server, ana, bo, makeCy }: Cast): Promise<void> {
  said.length = 0
  await using network = await openBadNetwork(server.url)
  const cy = await makeCy(network.url)
  const names = { ana: await server.register(), bo: await server.register() }
  const third = await server.register()

  await signIn(ana, `${server.url}/`, names.ana.username)
  await ana.press('button', 'Create a room')
  await ana.fill('Title', room)
  await ana.press('button', 'Create')
  await say(ana, 'Is anybody here?')
  const [{ id }] = (await ok(names.ana.get('/api/rooms/?member=true'))).results

  await signIn(bo, `${server.url}/browse`, names.bo.username)
  await bo.press('button', `Join ${room}`)
  await sees(bo, 'Is anybody here?')
  await say(bo, 'I am, on a phone')
  await signIn(cy, `${network.url}/rooms/${id}`, third.username)
  await cy.press('button', 'Join')
  await say(cy, 'So am I, on a train')
  for (const person of [ana, bo]) await sees(person, 'So am I, on a train')

  await goOffline(cy, network)
  await say(ana, 'Cy?')
  await say(bo, 'A tunnel, I guess')
  await say(cy, 'said in a tunnel')
  await say(cy, 'and once more')
  await sees(cy, 'and once more')
  network.mend()
  await cy.setOffline(false)
  for (const person of [ana, bo]) await sees(person, 'and once more')

  await loseServer(cy, network)
  await say(cy, 'said to nobody')
  await say(bo, 'Cy is away again')
  network.mend()
  await cy.skip?.(30_000)
  for (const person of [ana, bo]) await sees(person, 'said to nobody')

  // So slow that nothing goes out: it is seen at once all the same.
  network.hold('up')
  await say(cy, 'slowly out')
  await sees(cy, 'slowly out')
  network.mend()
  for (const person of [ana, bo]) await sees(person, 'slowly out')
  // The message arrives, and its acknowledgement is lost with the socket.
  network.hold('down')
  await say(cy, 'heard, and not known to be heard')
  for (const person of [ana, bo]) await sees(person, 'heard, and not known to be heard')
  network.cut()
  network.mend()
  await cy.skip?.(30_000)
  await say(ana, 'Good night')
  await sees(cy, 'Good night')

  const { results } = await ok(names.ana.get(`/api/messages/${id}/`))
  const log = results.map(({ seq, message }: { seq: number; message: string }) => [seq, message])
  const texts = log.map(([, text]: [number, string]) => text)
  expect(texts.toSorted()).toEqual(said.toSorted())
  for (const person of [ana, bo, cy]) {
    await expect.poll(async () => await screenOf(person), patience).toEqual(log)
  }
}

/** The device has no network, and says so: the page says so at once. */
async function goOffline(cy: Person, network: BadNetwork): Promise<void> {
  network.cut()
  await cy.setOffline(true)
  await sees(cy, 'Waiting for network…')
}

/** The device has a network, on which the server cannot be reached: the page waits a while before it says so. */
async function loseServer(cy: Person, network: BadNetwork): Promise<void> {
  await cy.ask('void (window.told = [], window.ended = [])')
  const before = network.refused
  network.cut()
  await expect.poll(() => network.refused, patience).toBeGreaterThan(before)
  await cy.skip?.(5_000)
  await sees(cy, 'Reconnecting…')
  const { ended, told } = await cy.ask<{ ended: number[]; told: { text: string; at: number }[] }>(
    '({ ended: window.ended, told: window.told })',
  )
  expect(told.map(({ text }) => text)).toEqual(['Reconnecting…'])
  expect(told[0]!.at - ended[0]!).toBeGreaterThanOrEqual(4_990)
}
