import {
  type ChatClient,
  type ChatError,
  type ClientOptions,
  createClient,
  type RoomHandle,
  type RoomView,
  type Store,
  until,
} from '../../src/client/index.ts'
import type { TestServer } from './chat-server.ts'
import { type TestUser, testPassword } from './test-user.ts'

export interface TestClient extends AsyncDisposable {
  readonly client: ChatClient
  /** What was reported. */
  readonly errors: ChatError[]
}

/** A client of the library, signed in as a user of the tests, with sockets that a test can break. */
export async function openClient(
  server: TestServer,
  user: TestUser,
  options: Partial<ClientOptions> = {},
): Promise<TestClient> {
  const errors: ChatError[] = []
  const client = createClient({
    url: server.url,
    onError: (error) => errors.push(error),
    ...options,
  })
  await client.login(user.username, testPassword)
  client.connect()
  return { client, errors, [Symbol.asyncDispose]: () => client.close() }
}

/** Waits for a value, and tells the last one when it does not come. */
export async function when<T>(store: Store<T>, fits: (value: T) => boolean): Promise<T> {
  try {
    return await until(store, fits, { signal: AbortSignal.timeout(15_000) })
  } catch {
    throw new Error(`it did not come; at last: ${JSON.stringify(store.get())}`)
  }
}

export const connected = async ({ client }: TestClient) =>
  await when(client.connection, ({ name }) => name === 'connected')

export const ready = async (room: RoomHandle) =>
  await when(room.view, ({ status }) => status === 'ready')

export const textsOf = ({ messages }: RoomView) => messages.map(({ message }) => message)

export const shows = async (room: RoomHandle, texts: readonly (string | null)[]) =>
  await when(room.view, (view) => JSON.stringify(textsOf(view)) === JSON.stringify(texts))

/** The sockets of a client, to be broken or kept from saying anything. */
export class Network {
  readonly sockets: WebSocket[] = []
  /** Frames that still come in but are not given on; none of them when it is undefined. */
  loses: ((data: string, socket: unknown) => boolean) | undefined
  /** Frames that go out. */
  readonly sent: { action: string; [name: string]: unknown }[] = []
  readonly WebSocket: NonNullable<ClientOptions['WebSocket']>

  constructor() {
    const { sockets, sent } = this
    const loses = (data: string, socket: unknown) => this.loses?.(data, socket) ?? false
    this.WebSocket = class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols)
        sockets.push(this)
      }
      override dispatchEvent(event: Event): boolean {
        const isLost = event instanceof MessageEvent && loses(String(event.data), this)
        return isLost || super.dispatchEvent(event)
      }
      override send(data: string): void {
        sent.push(JSON.parse(data))
        super.send(data)
      }
    }
  }
}
