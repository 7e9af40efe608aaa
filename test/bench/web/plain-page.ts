import type { Browser, CDPSession } from 'playwright-core'

/** A message of the DevTools protocol: the answer to a request with an id, or an event. */
interface Answer {
  readonly id?: number
  readonly method?: string
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

interface Evaluated {
  readonly result: { readonly value?: unknown }
  readonly exceptionDetails?: {
    readonly text: string
    readonly exception?: { readonly description?: string }
  }
}

interface Size {
  readonly width: number
  readonly height: number
}

/**
 * A page whose requests are not recorded, like that of a reader. Playwright watches the requests of its pages, and
 * Chromium keeps a record of each request then, for as long as the page is open. So a page of Playwright grows with each
 * request. Playwright leaves a page alone whose browser context it has not made.
 */
export class PlainPage implements AsyncDisposable {
  readonly size: Size
  readonly #session: CDPSession
  readonly #contextId: string
  readonly #targetSession: string
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  readonly #events = new Map<string, () => void>()
  #lastId = 0

  private constructor(session: CDPSession, contextId: string, targetSession: string, size: Size) {
    this.size = size
    this.#session = session
    this.#contextId = contextId
    this.#targetSession = targetSession
    session.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the protocol says so
      if (sessionId === targetSession) this.#hear(JSON.parse(message) as Answer)
    })
    session.on('Target.detachedFromTarget', ({ sessionId }) => {
      if (sessionId === targetSession) this.#fail('the page is closed')
    })
  }

  static async open(browser: Browser, size: Size): Promise<PlainPage> {
    const session = await browser.newBrowserCDPSession()
    const { browserContextId } = await session.send('Target.createBrowserContext')
    const { targetId } = await session.send('Target.createTarget', {
      url: 'about:blank',
      browserContextId,
      ...size,
    })
    // A flat session would need a connection of its own.
    const attached = await session.send('Target.attachToTarget', { targetId, flatten: false })
    const page = new PlainPage(session, browserContextId, attached.sessionId, size)
    await page.send('Page.enable')
    await page.send('Emulation.setFocusEmulationEnabled', { enabled: true })
    return page
  }

  #hear({ id, method, ...answer }: Answer): void {
    if (id !== undefined) {
      this.#waiting.get(id)?.(answer)
      this.#waiting.delete(id)
    } else if (method === 'Inspector.targetCrashed') this.#fail('the page has crashed')
    else if (method !== undefined) {
      this.#events.get(method)?.()
      this.#events.delete(method)
    }
  }

  #fail(message: string): void {
    for (const answer of this.#waiting.values()) answer({ error: { message } })
    this.#waiting.clear()
  }

  /** Sends a command of the DevTools protocol. Throws an error with the text of a refusal. */
  readonly send: CDPSession['send'] = async (method, params) => {
    const id = ++this.#lastId
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    const message = JSON.stringify({ id, method, params })
    await this.#session.send('Target.sendMessageToTarget', {
      sessionId: this.#targetSession,
      message,
    })
    const { result, error } = await answered
    if (error) throw new Error(`${method}: ${error.message}`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the method tells the form of its result
    return result as never
  }

  /** Runs a script in the page, and returns its value, which must fit in JSON. It waits for promises. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails }: Evaluated = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller knows the script
    return result.value as T
  }

  /** Opens an address, and waits until the page has loaded. */
  async goto(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.#events.set('Page.loadEventFired', resolve))
    await this.send('Page.navigate', { url })
    await loaded
  }

  /** Moves the pointer to the middle of the page. */
  async point(): Promise<void> {
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...this.#middle })
  }

  /**
   * Turns the wheel up for so many milliseconds, at a speed in pixels per second. The browser makes the events of the
   * wheel, as Chromium's own benchmarks have it. An event that the protocol sends waits until the page has painted the
   * one before, and so the page would wait for itself.
   */
  async wheelUp(ms: number, speed: number): Promise<void> {
    await this.send('Input.synthesizeScrollGesture', {
      ...this.#middle,
      yDistance: (ms / 1_000) * speed,
      speed,
      gestureSourceType: 'mouse',
    })
  }

  get #middle() {
    return { x: this.size.width / 2, y: this.size.height / 2 }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.send('Target.disposeBrowserContext', { browserContextId: this.#contextId })
    await this.#session.detach()
  }
}
